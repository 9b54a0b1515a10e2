/**
 * The port to a tracing tool: spans that have ended, with the ids of the records that tell the
 * same. Called by the request log and by workers; implemented by {@code telemetry.otel}.
 */
@NullMarked
package dev.spoor.telemetry.tracing;

import org.jspecify.annotations.NullMarked;
