package dev.spoor.telemetry.otel;

import org.jspecify.annotations.Nullable;

/**
 * Who exports and where to; what is null is left to the SDK's own variables.
 *
 * @param endpoint of the collector, for example {@code http://localhost:4317}
 * @param serviceName what the user wants to be called
 * @param service what the process is called in its records, if the user does not say
 * @param instance which one of them
 * @param version of the service
 * @param environment for example {@code production}
 */
public record ExportSettings(
    @Nullable String endpoint,
    @Nullable String serviceName,
    String service,
    String instance,
    String version,
    String environment) {}
