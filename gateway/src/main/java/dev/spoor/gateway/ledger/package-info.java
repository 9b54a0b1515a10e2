/**
 * The ledger: the one writer of job state. Its rules are pure; the host feeds them from Kafka. HTTP
 * reads it through JobReads.
 */
@NullMarked
package dev.spoor.gateway.ledger;

import org.jspecify.annotations.NullMarked;
