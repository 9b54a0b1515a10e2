package dev.spoor.access;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The scope that a key needs for a route. Stands on every method that handles one, but for those of
 * {@link AccessFilter#OPEN}; a route that has none and is not open needs {@link Scope#ADMIN}.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Requires {
  Scope value();
}
