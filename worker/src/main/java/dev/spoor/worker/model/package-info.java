/** The providers of language models and their prices. Execution calls them on behalf of agents. */
@NullMarked
package dev.spoor.worker.model;

import org.jspecify.annotations.NullMarked;
