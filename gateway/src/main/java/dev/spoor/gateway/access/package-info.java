/**
 * Who calls and what they may do. Without API keys everyone is the default tenant, and the server
 * listens on loopback only.
 */
@NullMarked
package dev.spoor.gateway.access;

import org.jspecify.annotations.NullMarked;
