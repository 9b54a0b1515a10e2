package dev.spoor.contract.job;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for, without the input: that is kept once, in a store of its own.
 *
 * @param tenant whose job it is
 * @param flow which flow to run
 * @param sessionId groups jobs that share the {@code session} memory
 * @param priority which queue
 * @param labels the caller's own labels, 16 at most
 * @param timeout for the whole job from the submit on; null for no limit
 * @param notBefore not dispatched earlier than this; null for at once
 * @param maxAttempts 1 to 20
 * @param budget what it may use; null for no limit
 * @param callbackUrl told when the job ends; null for nobody
 */
public record JobSpec(
    TenantId tenant,
    FlowId flow,
    @Nullable String sessionId,
    Priority priority,
    Map<String, String> labels,
    @Nullable Duration timeout,
    @Nullable Instant notBefore,
    int maxAttempts,
    @Nullable Budget budget,
    @Nullable URI callbackUrl) {
  public static final int DEFAULT_MAX_ATTEMPTS = 3;
  public static final int MAX_LABELS = 16;

  public JobSpec {
    labels = Map.copyOf(labels);
    if (labels.size() > MAX_LABELS) {
      throw new IllegalArgumentException("labels: " + MAX_LABELS + " at most");
    }
    if (maxAttempts < 1 || maxAttempts > 20) {
      throw new IllegalArgumentException("max_attempts must be 1 to 20");
    }
    if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
      throw new IllegalArgumentException("timeout must be above 0");
    }
  }

  /** A job with nothing but a flow: default tenant, normal priority, three attempts. */
  public static JobSpec of(FlowId flow) {
    return new JobSpec(
        TenantId.DEFAULT,
        flow,
        null,
        Priority.NORMAL,
        Map.of(),
        null,
        null,
        DEFAULT_MAX_ATTEMPTS,
        null,
        null);
  }
}
