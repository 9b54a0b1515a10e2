/**
 * Flows: graphs of steps, and how far a job has come in one. Whoever composes agents builds them;
 * the worker walks them.
 */
@NullMarked
package dev.spoor.agent.flow;

import org.jspecify.annotations.NullMarked;
