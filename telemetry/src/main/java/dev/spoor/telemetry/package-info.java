@NullMarked
package dev.spoor.telemetry;

import org.jspecify.annotations.NullMarked;
