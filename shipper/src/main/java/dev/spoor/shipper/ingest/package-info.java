/**
 * From the telemetry topics into the store, each record once. Wired by the shipper's configuration;
 * nobody else calls it.
 */
@NullMarked
package dev.spoor.shipper.ingest;

import org.jspecify.annotations.NullMarked;
