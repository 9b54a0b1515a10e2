/**
 * What the ledger says of jobs and commands, as it says it. Commands wait here for their answer,
 * readers for a job's end, event streams for everything.
 */
@NullMarked
package dev.spoor.gateway.updates;

import org.jspecify.annotations.NullMarked;
