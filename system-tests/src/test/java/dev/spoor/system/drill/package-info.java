/** Faults made on purpose against separate processes: kills, freezes, lost workers. */
@NullMarked
package dev.spoor.system.drill;

import org.jspecify.annotations.NullMarked;
