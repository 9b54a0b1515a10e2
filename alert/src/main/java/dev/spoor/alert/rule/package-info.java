/**
 * Rules as data: what is measured, when it is too much, and the file they are written in. Used by
 * the evaluation, by the shipper and by the command line.
 */
@NullMarked
package dev.spoor.alert.rule;

import org.jspecify.annotations.NullMarked;
