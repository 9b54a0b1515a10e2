/**
 * What tests of several modules share: an embedded broker, a settable clock, a fault proxy, child
 * processes to kill. Used by tests alone.
 */
@NullMarked
package dev.spoor.testkit;

import org.jspecify.annotations.NullMarked;
