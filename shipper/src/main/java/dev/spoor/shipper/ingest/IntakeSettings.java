package dev.spoor.shipper.ingest;

import java.time.Duration;

/**
 * How records are taken in.
 *
 * @param commitInterval what was read becomes durable so often; searchable with it, or somewhat
 *     later if it was late already ({@link Refresher})
 * @param catchUpInterval the same while the topic holds more than a poll can bring: fewer and
 *     larger commits are faster, and the delay is that of the backlog anyway
 * @param maxUncommittedBytes a commit comes at once when so much was read since the last
 * @param maxRecordBytes larger records are set aside
 * @param maxBackoff longest pause before a failing store is tried again
 * @param stopTimeout for the last commit when the process ends
 */
public record IntakeSettings(
    Duration commitInterval,
    Duration catchUpInterval,
    long maxUncommittedBytes,
    int maxRecordBytes,
    Duration maxBackoff,
    Duration stopTimeout) {}
