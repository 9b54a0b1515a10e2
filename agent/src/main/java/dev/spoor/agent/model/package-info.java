/**
 * The port to language models. Agents call it through their context; the worker implements it, once
 * for each provider.
 */
@NullMarked
package dev.spoor.agent.model;

import org.jspecify.annotations.NullMarked;
