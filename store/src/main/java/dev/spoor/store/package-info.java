@NullMarked
package dev.spoor.store;

import org.jspecify.annotations.NullMarked;
