@NullMarked
package dev.spoor.testkit;

import org.jspecify.annotations.NullMarked;
