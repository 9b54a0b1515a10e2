@NullMarked
package dev.spoor.shipper;

import org.jspecify.annotations.NullMarked;
