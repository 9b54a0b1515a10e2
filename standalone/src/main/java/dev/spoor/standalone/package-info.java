/**
 * The whole system in one process, and the command line. The program's entry point is here; nobody
 * calls this module.
 */
@NullMarked
package dev.spoor.standalone;

import org.jspecify.annotations.NullMarked;
