package dev.spoor.gateway.status;

import dev.spoor.access.Caller;
import dev.spoor.contract.job.TenantId;
import dev.spoor.gateway.command.RequestContext;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to see a job.
 *
 * @param forwarded whether another gateway asks: then it is not asked in turn
 * @param authorization how the asker is known to other gateways, a secret; null where nobody is
 *     asked for a key
 */
record Asker(
    TenantId tenant, boolean forwarded, RequestContext context, @Nullable String authorization) {
  static Asker of(HttpServletRequest request) {
    Caller caller = Caller.of(request);
    return new Asker(
        caller.tenant(),
        request.getHeader(Owners.FORWARDED) != null,
        RequestContext.current(),
        caller.authorization(request).orElse(null));
  }

  @Override
  public String toString() {
    return "Asker[" + tenant + ", forwarded=" + forwarded + "]";
  }
}
