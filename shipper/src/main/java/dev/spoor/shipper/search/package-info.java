/**
 * Search in the records and a live view of them, over HTTP. Wired by the shipper's configuration.
 */
@NullMarked
package dev.spoor.shipper.search;

import org.jspecify.annotations.NullMarked;
