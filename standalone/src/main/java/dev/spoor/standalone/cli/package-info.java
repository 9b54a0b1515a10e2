/**
 * The command line: what a person types, and how answers are shown to a person or a program. Called
 * by the program's entry point; talks to a server over HTTP only.
 */
@NullMarked
package dev.spoor.standalone.cli;

import org.jspecify.annotations.NullMarked;
