/** Quantiles of many values in little room. */
@NullMarked
package dev.spoor.alert.sketch;

import org.jspecify.annotations.NullMarked;
