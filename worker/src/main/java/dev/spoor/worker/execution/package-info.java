/**
 * Runs granted jobs: walks the flow, calls the agents, keeps budget and trail. Acquisition hands
 * jobs in.
 */
@NullMarked
package dev.spoor.worker.execution;

import org.jspecify.annotations.NullMarked;
