/**
 * Takes jobs over HTTP: strict reading, every fault named at once, 202 only when the job is
 * durable. Called by clients.
 */
@NullMarked
package dev.spoor.gateway.submit;

import org.jspecify.annotations.NullMarked;
