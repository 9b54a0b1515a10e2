package dev.spoor.shipper.search;

import dev.spoor.access.Caller;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.store.query.Query;

/**
 * Keeps a caller to the records of his tenant. A clause is added to the query that was read from
 * his text, never words to the text: whatever that says, it is one side of an AND.
 */
public final class OwnRecords {
  private OwnRecords() {}

  /** The query among what the caller may see: his tenant's records, or all with scope admin. */
  public static Query of(Caller caller, Query query) {
    return caller
        .sees()
        .map(tenant -> Query.all(query, Query.exact(Fields.TENANT, tenant.value())))
        .orElse(query);
  }
}
