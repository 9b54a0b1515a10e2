package dev.spoor.standalone.cli;

import dev.spoor.access.ApiKey;
import dev.spoor.access.KeysFile;
import dev.spoor.access.Limits;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.TenantId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** API keys. Needs no server: what a server knows is the file. */
@Command(
    name = "keys",
    mixinStandardHelpOptions = true,
    versionProvider = SpoorCommand.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    description = "Makes API keys.")
final class KeysCommand implements Runnable {
  private final Output output;
  private final Surroundings surroundings;

  @Spec private @Nullable CommandSpec spec;

  KeysCommand(Output output, Surroundings surroundings) {
    this.output = output;
    this.surroundings = surroundings;
  }

  @Override
  public void run() {
    throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "new is missing");
  }

  @Command(
      name = "new",
      description = {
        "Makes a key and prints it, once: what is kept is its hash.",
        "The first line is the key, the second its entry for the file that SPOOR_API_KEYS_FILE",
        "names. With --file the entry is added there, and the key alone is printed."
      })
  int make(
      @Option(
              names = "--tenant",
              required = true,
              paramLabel = "NAME",
              description = "Whose jobs and records the key is for.")
          String tenant,
      @Option(
              names = "--scopes",
              required = true,
              split = ",",
              paramLabel = "NAME",
              description = "Some of submit, read, metrics, admin, with commas between them.")
          List<String> scopes,
      @Option(
              names = "--rate",
              paramLabel = "N",
              description = "Submits a second that the tenant may make; default: no limit.")
          @Nullable Double rate,
      @Option(
              names = "--burst",
              paramLabel = "N",
              description = "Submits at once after a pause; default: what two seconds allow.")
          @Nullable Integer burst,
      @Option(
              names = "--max-waiting",
              paramLabel = "N",
              description = "Jobs of the tenant that may wait; default: no bound of its own.")
          @Nullable Long maxWaiting,
      @Option(names = "--file", paramLabel = "FILE", description = "Add the entry to this file.")
          @Nullable Path file) {
    ApiKey key = ApiKey.generate(new SecureRandom());
    String entry =
        KeysFile.line(key, tenant(tenant), scopes(scopes), limits(rate, burst, maxWaiting));
    if (file == null) {
      output.line(key.text());
      output.line(entry);
      return ExitCode.DONE;
    }
    add(surroundings.directory().resolve(file), entry);
    output.line(key.text());
    output.remark("added key " + key.id() + " to " + file);
    return ExitCode.DONE;
  }

  private static TenantId tenant(String name) {
    try {
      return new TenantId(name);
    } catch (IllegalArgumentException wrong) {
      throw CliException.wrongUse("--tenant is wrong: " + wrong.getMessage() + ".");
    }
  }

  private static Set<Scope> scopes(List<String> names) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String name : names) {
      scopes.add(
          Scope.parse(name.strip())
              .orElseThrow(() ->
                  CliException.wrongUse(
                      "--scopes has '" + name + "', expected some of " + Scope.all() + ".")));
    }
    return scopes;
  }

  private static Limits limits(
      @Nullable Double rate, @Nullable Integer burst, @Nullable Long maxWaiting) {
    if (rate != null && !(rate >= 0.001 && rate <= 1_000_000)) {
      throw CliException.wrongUse("--rate must be from 0.001 to 1000000, was " + rate + ".");
    }
    if (burst != null && (rate == null || burst < 1 || burst > 1_000_000)) {
      throw CliException.wrongUse(
          "--burst must be from 1 to 1000000 and belongs to --rate, was " + burst + ".");
    }
    if (maxWaiting != null && (maxWaiting < 1 || maxWaiting > 1_000_000_000)) {
      throw CliException.wrongUse(
          "--max-waiting must be from 1 to 1000000000, was " + maxWaiting + ".");
    }
    int atOnce = burst != null ? burst : rate == null ? 1 : KeysFile.defaultBurst(rate);
    return new Limits(rate, atOnce, maxWaiting);
  }

  private static void add(Path file, String entry) {
    try {
      try {
        // For nobody else's eyes: a hash is no key, but who has which tenant is nobody's business.
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      } catch (FileAlreadyExistsException there) {
        // It is added to.
      }
      String before = Files.readString(file);
      String glue = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
      // One write: a server that reads meanwhile sees all of the line or nothing.
      Files.writeString(file, glue + entry + "\n", StandardOpenOption.APPEND);
    } catch (IOException | UnsupportedOperationException failed) {
      throw CliException.wrongUse("--file " + file + " cannot be written: " + failed.getMessage());
    }
  }
}
