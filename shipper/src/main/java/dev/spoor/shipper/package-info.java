/**
 * The shipper as an app: its wiring and its settings. Started by its main class, or imported by
 * standalone.
 */
@NullMarked
package dev.spoor.shipper;

import org.jspecify.annotations.NullMarked;
