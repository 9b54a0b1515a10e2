/**
 * The flows that workers have announced, with their input schemas compiled. Submit checks against
 * it; callers list it.
 */
@NullMarked
package dev.spoor.gateway.catalogue;

import org.jspecify.annotations.NullMarked;
