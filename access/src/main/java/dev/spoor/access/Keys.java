package dev.spoor.access;

import dev.spoor.contract.job.TenantId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The keys of one version of the file. Immutable. */
final class Keys {
  /** What an unknown id is compared with, so that it takes as long as a known one. */
  private static final String NOBODY = "0".repeat(64);

  /** One key, without what it takes to use it. */
  record Entry(String id, String sha256, TenantId tenant, Set<Scope> scopes, Limits limits) {
    @Override
    public String toString() {
      return "Entry[" + id + ", ***]";
    }
  }

  private final Map<String, Entry> byId = new LinkedHashMap<>();

  Keys(Collection<Entry> entries) {
    entries.forEach(entry -> byId.put(entry.id(), entry));
  }

  /** Whose key it is; the comparison takes the same time wherever two hashes differ. */
  Optional<Caller> find(ApiKey key) {
    Entry entry = byId.get(key.id());
    boolean same =
        MessageDigest.isEqual(
            key.sha256().getBytes(StandardCharsets.US_ASCII),
            (entry == null ? NOBODY : entry.sha256()).getBytes(StandardCharsets.US_ASCII));
    return entry == null || !same
        ? Optional.empty()
        : Optional.of(new Caller(entry.tenant(), entry.id(), entry.scopes(), entry.limits()));
  }

  int size() {
    return byId.size();
  }

  long tenants() {
    return byId.values().stream().map(Entry::tenant).distinct().count();
  }
}
