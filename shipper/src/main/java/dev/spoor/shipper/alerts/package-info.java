/**
 * Evaluates alert rules over the telemetry topics and tells who wants to know. Wired by the
 * shipper's configuration; nobody else calls it.
 */
@NullMarked
package dev.spoor.shipper.alerts;

import org.jspecify.annotations.NullMarked;
