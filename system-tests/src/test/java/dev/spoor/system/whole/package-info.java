/** Tests that run the whole system as its users do. Run by the build. */
@NullMarked
package dev.spoor.system.whole;

import org.jspecify.annotations.NullMarked;
