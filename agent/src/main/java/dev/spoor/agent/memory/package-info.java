/**
 * The port to what agents remember, by scope. Agents call it through their context; the worker
 * implements it.
 */
@NullMarked
package dev.spoor.agent.memory;

import org.jspecify.annotations.NullMarked;
