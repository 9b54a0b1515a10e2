/**
 * The worker as an app: its settings, its wiring, the order in which its parts start and stop.
 * Started by its own main class, or by standalone through its configuration.
 */
@NullMarked
package dev.spoor.worker;

import org.jspecify.annotations.NullMarked;
