@NullMarked
package dev.spoor.standalone;

import org.jspecify.annotations.NullMarked;
