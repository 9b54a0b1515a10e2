/**
 * Starts and stops broker, gateway, worker and shipper in this process, on one data directory. The
 * command line calls it.
 */
@NullMarked
package dev.spoor.standalone.system;

import org.jspecify.annotations.NullMarked;
