@NullMarked
package dev.spoor.agent;

import org.jspecify.annotations.NullMarked;
