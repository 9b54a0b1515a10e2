/**
 * What a job is: its identity, what was asked for, its states and what each step did. Used by every
 * module; knows no transport.
 */
@NullMarked
package dev.spoor.contract.job;

import org.jspecify.annotations.NullMarked;
