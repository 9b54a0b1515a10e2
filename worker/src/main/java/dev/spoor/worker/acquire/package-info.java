/**
 * From a record on a queue to a granted job. The worker starts it; it hands granted jobs to
 * execution.
 */
@NullMarked
package dev.spoor.worker.acquire;

import org.jspecify.annotations.NullMarked;
