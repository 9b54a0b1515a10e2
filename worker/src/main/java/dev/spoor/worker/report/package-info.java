/** What the worker says to the ledger. Acquisition, lease keeper and execution write through it. */
@NullMarked
package dev.spoor.worker.report;

import org.jspecify.annotations.NullMarked;
