/**
 * How many jobs wait and for how long, as the ledger's owners publish it. Read by callers, health,
 * metrics and the bound on submits.
 */
@NullMarked
package dev.spoor.gateway.queue;

import org.jspecify.annotations.NullMarked;
