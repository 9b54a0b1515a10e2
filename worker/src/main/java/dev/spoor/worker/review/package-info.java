/** The flow review-story: four agents review a user story. The catalogue has it always. */
@NullMarked
package dev.spoor.worker.review;

import org.jspecify.annotations.NullMarked;
