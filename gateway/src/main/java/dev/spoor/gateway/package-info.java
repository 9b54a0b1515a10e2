/**
 * The app that takes jobs over HTTP, keeps their state, and tells what became of them. Started by
 * its main class or imported by standalone.
 */
@NullMarked
package dev.spoor.gateway;

import org.jspecify.annotations.NullMarked;
