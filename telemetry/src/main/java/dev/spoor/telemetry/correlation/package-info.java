/**
 * Request ids, trace context and the fields that every record of a request or job carries. Used by
 * request log, worker and ledger.
 */
@NullMarked
package dev.spoor.telemetry.correlation;

import org.jspecify.annotations.NullMarked;
