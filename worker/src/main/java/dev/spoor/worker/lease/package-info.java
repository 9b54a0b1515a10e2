/**
 * The worker's time-limited right to its jobs. Execution asks it before every call; the ledger
 * hears of it by heartbeats.
 */
@NullMarked
package dev.spoor.worker.lease;

import org.jspecify.annotations.NullMarked;
