/** A job's records as a tree of what ran when. Wired by the shipper's configuration. */
@NullMarked
package dev.spoor.shipper.timeline;

import org.jspecify.annotations.NullMarked;
