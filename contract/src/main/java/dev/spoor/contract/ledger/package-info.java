/**
 * What goes into the ledger and what it answers: the records of {@code ledger-in}, the queue
 * topics, {@code grants}, {@code job-updates} and {@code queue-stats}. Written and read by gateway
 * and worker.
 */
@NullMarked
package dev.spoor.contract.ledger;

import org.jspecify.annotations.NullMarked;
