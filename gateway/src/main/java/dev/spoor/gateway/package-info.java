@NullMarked
package dev.spoor.gateway;

import org.jspecify.annotations.NullMarked;
