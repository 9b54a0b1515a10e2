/**
 * The shipper's drill: a stream whose every record has a known fate, stores that fail, and kills.
 * Run by hand with {@code system-tests/bench shipping.ShippingDrill}, and small by a test.
 */
@NullMarked
package dev.spoor.system.shipping;

import org.jspecify.annotations.NullMarked;
