/**
 * Figures over time: what the intake counts of the records that it stores, kept with the store's
 * progress, and {@code GET /v1/stats}, which merges and shows it.
 */
@NullMarked
package dev.spoor.shipper.stats;

import org.jspecify.annotations.NullMarked;
