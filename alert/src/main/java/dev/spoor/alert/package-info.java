@NullMarked
package dev.spoor.alert;

import org.jspecify.annotations.NullMarked;
