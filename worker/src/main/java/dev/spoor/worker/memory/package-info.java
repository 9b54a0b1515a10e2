/**
 * What agents remember, on this machine's disk with a cache before it, or in PostgreSQL for several
 * workers. Execution reads and writes it on behalf of agents.
 */
@NullMarked
package dev.spoor.worker.memory;

import org.jspecify.annotations.NullMarked;
