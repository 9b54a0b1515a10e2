@NullMarked
package dev.spoor.system;

import org.jspecify.annotations.NullMarked;
