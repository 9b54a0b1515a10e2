/**
 * What agents remember, on this machine's disk with a cache before it. Execution reads and writes
 * it on behalf of agents.
 */
@NullMarked
package dev.spoor.worker.memory;

import org.jspecify.annotations.NullMarked;
