/**
 * Benchmark programs: each prints a table, the machine and what it compares. Run by hand;
 * docs/benchmarks.md keeps the results with the commands.
 */
@NullMarked
package dev.spoor.system.bench;

import org.jspecify.annotations.NullMarked;
