/**
 * One pair of records for each HTTP request, and the ids that tie everything it causes together.
 * Installed by the auto-configuration as a servlet filter.
 */
@NullMarked
package dev.spoor.telemetry.request;

import org.jspecify.annotations.NullMarked;
