package dev.spoor.contract.job;

import org.jspecify.annotations.Nullable;

/**
 * Why something failed, already redacted.
 *
 * @param message one sentence for a person
 * @param type the exception's class name, where there was one
 * @param category the kind of fault
 * @param stepId the step in which it happened, if it was in one
 */
public record JobError(
    String message, @Nullable String type, ErrorCategory category, @Nullable StepId stepId) {}
