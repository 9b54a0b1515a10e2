package dev.spoor.telemetry.problem;

import java.util.Locale;
import org.springframework.http.HttpStatus;

/** Problems that any app can have. */
public final class Problems {
  private Problems() {}

  /** A path that leads nowhere. */
  public static Problem notFound() {
    return Problem.of(404, "not-found", "Not found", "there is nothing at this path; see /v1");
  }

  /** What the status alone can say. */
  public static Problem ofStatus(int status) {
    if (status == 404) {
      return notFound();
    }
    HttpStatus known = HttpStatus.resolve(status);
    if (known == null || status < 400) {
      known = HttpStatus.INTERNAL_SERVER_ERROR;
    }
    String phrase = known.getReasonPhrase();
    return Problem.of(
        known.value(),
        phrase.toLowerCase(Locale.ROOT).replace(' ', '-'),
        phrase,
        switch (known) {
          case INTERNAL_SERVER_ERROR ->
              "something is wrong on our side; the log has it under this request_id";
          case BAD_REQUEST -> "the request is not well-formed";
          default -> phrase;
        });
  }
}
