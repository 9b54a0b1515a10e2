/**
 * What is known about each source of records: what has arrived, what is missing, what was dropped.
 * The ingest keeps it, {@code GET /v1/audit} shows it.
 */
@NullMarked
package dev.spoor.shipper.audit;

import org.jspecify.annotations.NullMarked;
