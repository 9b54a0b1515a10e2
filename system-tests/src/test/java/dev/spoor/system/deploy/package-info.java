/** Holds what compose mounts against the code and against the programs that read it. */
@NullMarked
package dev.spoor.system.deploy;

import org.jspecify.annotations.NullMarked;
