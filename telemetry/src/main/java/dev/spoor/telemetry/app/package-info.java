/** What the three apps have in common as Spring Boot applications. Used by their main classes. */
@NullMarked
package dev.spoor.telemetry.app;

import org.jspecify.annotations.NullMarked;
