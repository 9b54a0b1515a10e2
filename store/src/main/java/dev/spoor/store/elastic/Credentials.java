package dev.spoor.store.elastic;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/** How we say who we are. Prints without the secret. */
public sealed interface Credentials {
  /** The value of the {@code Authorization} header, empty for nobody. */
  Optional<String> header();

  /** For a server that asks nobody. */
  record Nobody() implements Credentials {
    @Override
    public Optional<String> header() {
      return Optional.empty();
    }
  }

  /**
   * @param encoded as Elasticsearch gives it out: {@code id:key} in base64
   */
  record ApiKey(String encoded) implements Credentials {
    @Override
    public Optional<String> header() {
      return Optional.of("ApiKey " + encoded);
    }

    @Override
    public String toString() {
      return "ApiKey[***]";
    }
  }

  /** User name and password. */
  record Basic(String username, String password) implements Credentials {
    @Override
    public Optional<String> header() {
      return Optional.of(
          "Basic "
              + Base64.getEncoder()
                  .encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String toString() {
      return "Basic[" + username + ", ***]";
    }
  }
}
