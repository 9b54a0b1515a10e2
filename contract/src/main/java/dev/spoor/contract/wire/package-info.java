/**
 * How things travel: topic and header names and the JSON codec. Used by every module that touches
 * Kafka or HTTP.
 */
@NullMarked
package dev.spoor.contract.wire;

import org.jspecify.annotations.NullMarked;
