/**
 * A real Kafka broker inside this process, on loopback, with its data on disk. The standalone app
 * runs on it, and the tests of every app do.
 */
@NullMarked
package dev.spoor.broker;

import org.jspecify.annotations.NullMarked;
