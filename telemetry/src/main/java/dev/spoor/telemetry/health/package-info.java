/**
 * The health endpoint and what an app tells it about its dependencies. Apps contribute beans of the
 * ports here.
 */
@NullMarked
package dev.spoor.telemetry.health;

import org.jspecify.annotations.NullMarked;
