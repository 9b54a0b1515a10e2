/**
 * The port an agent implements, what it is given and what it answers. Agents implement it; the
 * worker calls it.
 */
@NullMarked
package dev.spoor.agent;

import org.jspecify.annotations.NullMarked;
