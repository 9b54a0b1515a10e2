/**
 * Writes commands to the ledger's input and says what is certain about them. Used by submit and
 * status.
 */
@NullMarked
package dev.spoor.gateway.command;

import org.jspecify.annotations.NullMarked;
