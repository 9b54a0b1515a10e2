@NullMarked
package dev.spoor.broker;

import org.jspecify.annotations.NullMarked;
