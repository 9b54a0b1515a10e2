/**
 * Where a caller who knows nothing begins: the index with its links, and the API's description.
 * Called by clients and their tools.
 */
@NullMarked
package dev.spoor.gateway.entry;

import org.jspecify.annotations.NullMarked;
