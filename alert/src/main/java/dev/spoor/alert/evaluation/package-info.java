/**
 * From records and a time to the states of alerts: panes, windows, a snapshot of both. Called by
 * the shipper's evaluator thread and by the trial of rules.
 */
@NullMarked
package dev.spoor.alert.evaluation;

import org.jspecify.annotations.NullMarked;
