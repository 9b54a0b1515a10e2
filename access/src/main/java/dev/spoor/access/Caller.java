package dev.spoor.access;

import dev.spoor.contract.job.TenantId;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a request is made, and what that one may do. Immutable.
 *
 * @param tenant whose jobs and records these are
 * @param keyId of the key that was shown; null where nobody is asked for one
 * @param scopes what the key says; see {@link #may}
 */
public record Caller(TenantId tenant, @Nullable String keyId, Set<Scope> scopes, Limits limits) {
  /** Without keys: everyone is the default tenant and may do everything. */
  public static final Caller ANONYMOUS =
      new Caller(TenantId.DEFAULT, null, Set.of(Scope.ADMIN), Limits.NONE);

  private static final String ATTRIBUTE = Caller.class.getName();

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  /**
   * Who makes this request.
   *
   * @throws dev.spoor.telemetry.problem.ProblemException 401 if nobody has been asked: the route is
   *     open
   */
  public static Caller of(HttpServletRequest request) {
    if (request.getAttribute(ATTRIBUTE) instanceof Caller caller) {
      return caller;
    }
    throw Refusals.noKey().asException();
  }

  static boolean isKnown(HttpServletRequest request) {
    return request.getAttribute(ATTRIBUTE) instanceof Caller;
  }

  void makes(HttpServletRequest request) {
    request.setAttribute(ATTRIBUTE, this);
  }

  /** Whether the key has the scope; {@link Scope#ADMIN} has all. */
  public boolean may(Scope scope) {
    return scopes.contains(scope) || scopes.contains(Scope.ADMIN);
  }

  /** Whose records and figures the caller may see: his tenant's, or everyone's if empty. */
  public Optional<TenantId> sees() {
    return may(Scope.ADMIN) ? Optional.empty() : Optional.of(tenant);
  }

  /**
   * The header with which another process of this system can be asked on behalf of the same caller,
   * who is then known there by the same file; empty where nobody is asked for a key. It is a
   * secret: not for Kafka, logs or a store.
   */
  public Optional<String> authorization(HttpServletRequest request) {
    return keyId == null
        ? Optional.empty()
        : Optional.ofNullable(request.getHeader(AccessFilter.AUTHORIZATION));
  }
}
