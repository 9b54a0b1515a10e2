package dev.spoor.access;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;

/** Lets a request into a controller if the caller's key has the scope that the route declares. */
final class ScopeCheck implements HandlerInterceptor {
  @Override
  public boolean preHandle(
      HttpServletRequest request, HttpServletResponse response, Object handler) {
    if (!(handler instanceof HandlerMethod method)) {
      return true;
    }
    Requires declared = method.getMethodAnnotation(Requires.class);
    if (declared == null && !Caller.isKnown(request)) {
      // The filter has found it open; an error is told to those without a key too.
      return true;
    }
    Scope needed = declared == null ? Scope.ADMIN : declared.value();
    if (!Caller.of(request).may(needed)) {
      response.setHeader(Refusals.CHALLENGE_HEADER, Refusals.challengeFor(needed));
      throw Refusals.noScope(needed).asException();
    }
    return true;
  }
}
