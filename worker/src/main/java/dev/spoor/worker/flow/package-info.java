/**
 * The flows this worker can run. Execution looks them up; gateways learn of them through a topic.
 */
@NullMarked
package dev.spoor.worker.flow;

import org.jspecify.annotations.NullMarked;
