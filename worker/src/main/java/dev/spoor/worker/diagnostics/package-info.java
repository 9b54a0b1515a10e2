/** Small flows for tests, drills and benchmarks. The catalogue has them always. */
@NullMarked
package dev.spoor.worker.diagnostics;

import org.jspecify.annotations.NullMarked;
