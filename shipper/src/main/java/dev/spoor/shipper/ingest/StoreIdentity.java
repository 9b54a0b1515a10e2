package dev.spoor.shipper.ingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.UUID;

/**
 * The name of a store on a disk, made once and kept beside it. As the consumer's static member id
 * it lets the successor of a killed shipper have its partitions at once, instead of after the dead
 * one's session.
 */
final class StoreIdentity {
  private StoreIdentity() {}

  /**
   * @throws IOException if it can be neither read nor made
   */
  static String of(Path storeDir) throws IOException {
    Path file = storeDir.resolve("id");
    if (Files.exists(file)) {
      String kept = Files.readString(file, StandardCharsets.US_ASCII).strip();
      if (kept.matches("store-[0-9a-f-]{36}")) {
        return kept;
      }
    }
    String made = "store-" + UUID.randomUUID();
    Path unfinished =
        Files.writeString(storeDir.resolve("id.new"), made, StandardCharsets.US_ASCII);
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    return made;
  }
}
