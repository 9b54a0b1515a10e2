/**
 * Takes secrets out of text before it is written anywhere. Used by logging, problem details, dead
 * letters and whoever stores a user's error text.
 */
@NullMarked
package dev.spoor.telemetry.redaction;

import org.jspecify.annotations.NullMarked;
