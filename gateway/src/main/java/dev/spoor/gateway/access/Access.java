package dev.spoor.gateway.access;

import dev.spoor.contract.job.TenantId;
import jakarta.servlet.http.HttpServletRequest;

/** Says who calls. Must not block. */
@FunctionalInterface
public interface Access {
  /** Without keys: everyone is the default tenant and may do everything. */
  Access ANONYMOUS = _ -> TenantId.DEFAULT;

  /** The tenant on whose behalf the request is made. */
  TenantId tenant(HttpServletRequest request);
}
