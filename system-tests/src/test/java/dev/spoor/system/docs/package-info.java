/** Holds the documentation against the code. */
@NullMarked
package dev.spoor.system.docs;

import org.jspecify.annotations.NullMarked;
