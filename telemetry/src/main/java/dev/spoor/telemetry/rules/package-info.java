/**
 * Files of rules that users write: YAML, read with all their faults named at once. Read by
 * redaction and by the table of error categories.
 */
@NullMarked
package dev.spoor.telemetry.rules;

import org.jspecify.annotations.NullMarked;
