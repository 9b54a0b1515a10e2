/**
 * From a log call to one flat JSON object on stdout and in the journal: Logback wiring, levels,
 * formats. Installed by itself when SLF4J starts; code only logs.
 */
@NullMarked
package dev.spoor.telemetry.logging;

import org.jspecify.annotations.NullMarked;
