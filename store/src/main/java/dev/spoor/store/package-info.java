/**
 * The telemetry store as a port: what a shipper writes to and what searches read from. {@code
 * store.lucene} is one on the local disk.
 */
@NullMarked
package dev.spoor.store;

import org.jspecify.annotations.NullMarked;
