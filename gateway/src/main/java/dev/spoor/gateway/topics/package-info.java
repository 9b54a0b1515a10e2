/**
 * Creates the topics and the share group's configuration, and refuses what does not fit. Called
 * once at the start of a gateway, before the ledger reads.
 */
@NullMarked
package dev.spoor.gateway.topics;

import org.jspecify.annotations.NullMarked;
