/**
 * The local segment log that a record is in when its log call returns. Written by logging, read by
 * shipping.
 */
@NullMarked
package dev.spoor.telemetry.journal;

import org.jspecify.annotations.NullMarked;
