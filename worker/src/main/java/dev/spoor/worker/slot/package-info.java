/** Who may take how much work. The pollers ask before they poll; a job gives back when it ends. */
@NullMarked
package dev.spoor.worker.slot;

import org.jspecify.annotations.NullMarked;
