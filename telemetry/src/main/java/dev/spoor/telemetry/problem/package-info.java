/**
 * Errors of HTTP APIs as {@code application/problem+json} (RFC 9457), whatever raised them. Apps
 * throw ProblemException and import ProblemConfiguration.
 */
@NullMarked
package dev.spoor.telemetry.problem;

import org.jspecify.annotations.NullMarked;
