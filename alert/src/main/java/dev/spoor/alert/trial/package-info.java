/**
 * Tries rules on records that a file describes, and compares what fires with what the file expects.
 * Called by the command line.
 */
@NullMarked
package dev.spoor.alert.trial;

import org.jspecify.annotations.NullMarked;
