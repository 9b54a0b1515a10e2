/**
 * What the dashboards show, said once, and the program that writes it in the form of Grafana.
 * Called by system-tests/write-dashboards and by the tests that compare.
 */
@NullMarked
package dev.spoor.system.dashboards;

import org.jspecify.annotations.NullMarked;
