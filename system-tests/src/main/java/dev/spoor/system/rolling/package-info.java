/**
 * The drill of a rolling restart: two of each app, each restarted in turn under load. Run by hand
 * with {@code system-tests/rolling-restart-drill}.
 */
@NullMarked
package dev.spoor.system.rolling;

import org.jspecify.annotations.NullMarked;
