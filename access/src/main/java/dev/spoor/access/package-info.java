/**
 * Who calls an app over HTTP and what they may do: API keys from a file, scopes of routes, limits
 * of tenants. Apps import AccessConfiguration; their controllers ask {@link
 * dev.spoor.access.Caller}.
 */
@NullMarked
package dev.spoor.access;

import org.jspecify.annotations.NullMarked;
