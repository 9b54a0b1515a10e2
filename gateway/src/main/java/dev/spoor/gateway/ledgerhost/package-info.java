/**
 * Runs the ledger's rules on Kafka: reads, applies, commits outputs, state and offsets as one
 * transaction, and keeps the state in RocksDB. Wired by LedgerConfiguration; others use the ports
 * of {@link dev.spoor.gateway.ledger}.
 */
@NullMarked
package dev.spoor.gateway.ledgerhost;

import org.jspecify.annotations.NullMarked;
