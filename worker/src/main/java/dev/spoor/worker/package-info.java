@NullMarked
package dev.spoor.worker;

import org.jspecify.annotations.NullMarked;
