package dev.spoor.gateway.ledgerhost;

import dev.spoor.contract.wire.Topics;

/** The ledger's state knows of input that its topic does not have: the topic was made anew. */
final class LostInputException extends RuntimeException {
  LostInputException(Topics topics, long nextOffset) {
    super(
        "its state is at offset "
            + nextOffset
            + " of "
            + topics.ledgerIn()
            + ", which is shorter: the topic was made anew. Restore it, or delete "
            + topics.ledgerState()
            + " too and lose all jobs");
  }
}
