package dev.spoor.gateway.ledger;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule gives.
 *
 * @param next the job's state from now on; null when there is no such job (any more)
 */
record Transition(@Nullable JobState next, List<Effect> effects) {
  Transition {
    effects = List.copyOf(effects);
  }
}
