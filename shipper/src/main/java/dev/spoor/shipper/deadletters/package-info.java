/**
 * Records that were set aside: listed, and handed back to the intake once the reason is gone.
 * Called by operators over HTTP.
 */
@NullMarked
package dev.spoor.shipper.deadletters;

import org.jspecify.annotations.NullMarked;
