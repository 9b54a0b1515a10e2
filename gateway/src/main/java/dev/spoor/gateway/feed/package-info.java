/**
 * Reads whole topics without a consumer group: every gateway sees every record. Used by updates,
 * catalogue and queue.
 */
@NullMarked
package dev.spoor.gateway.feed;

import org.jspecify.annotations.NullMarked;
