/**
 * Tracing by the OpenTelemetry SDK, the one package that knows it: without the library, or while
 * tracing is off, nothing here is loaded. Opened by {@code telemetry.app}.
 */
@NullMarked
package dev.spoor.telemetry.otel;

import org.jspecify.annotations.NullMarked;
