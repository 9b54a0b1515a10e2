/**
 * What became of a job: reading, waiting, following, cancelling, running again. Called by clients,
 * and by other gateways for the jobs that are owned here.
 */
@NullMarked
package dev.spoor.gateway.status;

import org.jspecify.annotations.NullMarked;
