package dev.spoor.telemetry.redaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("sensitive_data_sanitization: text")
class RedactorTest {
  /** No rule knows it by its shape; only where it stands gives it away. */
  private static final String SECRET = "hunter2Zq9";

  private static final Redactor REDACTOR = Redactor.standard();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "password=§",
        "password = §",
        "password: §",
        "password:§",
        "{\"password\":\"§\"}",
        "{\"password\" : \"§\", \"user\":\"bob\"}",
        "{'password': '§'}",
        "{\"a\":\"{\\\"password\\\":\\\"§\\\"}\"}",
        "{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"token\\\\\\\":\\\\\\\"§\\\\\\\"}\\\"}\"}",
        "{\"passwords\": [\"§\", \"x§\"]}",
        "user: bob\npassword: §\nrole: admin",
        "db:\n  password: |\n    §\n  host: h",
        "<password>§</password>",
        "<ns:apiKey>§</ns:apiKey>",
        "<password><![CDATA[§]]></password>",
        "<db password=\"§\"/>",
        "<property name=\"password\" value=\"§\"/>",
        "{\"name\":\"api_key\",\"value\":\"§\"}",
        "mysql --password § --host h",
        "tool --api-key=§ run",
        "curl -u bob:§ https://h/",
        "curl --user 'bob:§' https://h/",
        "curl -H 'Authorization: Bearer §' https://h/",
        "curl -H \"X-Api-Key: §\" https://h/",
        "GET /x?access_token=§&page=2",
        "https://h/p?sig=§&sv=2020",
        "https://bob:§@host/path",
        "postgresql://app:§@db:5432/app",
        "amqp://u:a/§x@host",
        "Server=h;User Id=sa;Password=§;Encrypt=true",
        "DefaultEndpointsProtocol=https;AccountName=n;AccountKey=§abc==;EndpointSuffix=x",
        "jdbc:postgresql://h/db?user=u&password=§",
        "Authorization: Token §",
        "Proxy-Authorization: §",
        "Cookie: a=b; session=§",
        "Set-Cookie: sid=§; Path=/",
        "Config[user=bob, password=§, port=1]",
        "Config{apiKey='§', port=1}",
        "Login(password=two words §)",
        "HttpHeaders[Authorization:\"Bearer §\", Accept:\"x\"]",
        "DB_PASSWORD=§",
        "PGPASSWORD=§ psql",
        "export OPENAI_API_KEY=§",
        "spring.datasource.password=§",
        "clientSecret: §",
        "config[\"secret_key\"] = \"§\"",
        ":password => \"§\"",
        "token := \"§\"",
        "password=a,§",
        "password=a;§",
        "password=a)§",
        "password=\"with \\\" quote §\"",
        "line one\r\npassword=§\r\nline three",
        "java.lang.IllegalStateException: login failed: password=§\n\tat a.B.c(B.java:1)",
        "msg=\\npassword=§",
        "password%22:%22§%22",
        "ключ password=§ конец",
        "{&quot;password&quot;:&quot;§&quot;}",
      })
  void takesTheSecretOutWhereverItStands(String template) {
    String text = template.replace("§", SECRET);
    String redacted = REDACTOR.redact(text);
    assertThat(redacted).as(text).doesNotContain(SECRET).contains("[REDACTED:");
    assertThat(REDACTOR.redact(redacted)).as("again").isEqualTo(redacted);
  }

  static Stream<List<String>> tokens() {
    String r = "Ab3dEf9hIj2kLm5nOp8qRs1tUv4wXy7zAb3dEf9h";
    String hex = "0123456789abcdef0123456789abcdef01234567";
    return Stream.of(
        List.of("openai_key", "sk-" + r),
        List.of("openai_key", "sk-proj-" + r + "_-" + r),
        List.of("anthropic_key", "sk-ant-api03-" + r),
        List.of("github_token", "ghp_" + r),
        List.of("github_token", "github_pat_11ABC_" + r),
        List.of("gitlab_token", "glpat-" + r.substring(0, 20)),
        List.of("slack_token", "xoxb-123456789012-1234567890123-" + r),
        List.of("slack_webhook", "hooks.slack.com/services/T0123/B0123/" + r),
        List.of("aws_key", "AKIAIOSFODNN7EXAMPLE"),
        List.of("google_key", "AIza" + r.substring(0, 35)),
        List.of("google_token", "ya29." + r),
        List.of("stripe_key", "sk_live_" + r.substring(0, 24)),
        List.of("stripe_key", "rk_test_" + r.substring(0, 24)),
        List.of("npm_token", "npm_" + r.substring(0, 36)),
        List.of("pypi_token", "pypi-AgEIcHlwaS5vcmc" + r),
        List.of("huggingface_token", "hf_" + r.substring(0, 34)),
        List.of("sendgrid_key", "SG." + r.substring(0, 22) + "." + r),
        List.of("twilio_key", "SK" + hex.substring(0, 32)),
        List.of("databricks_token", "dapi" + hex.substring(0, 32)),
        List.of("vault_token", "hvs." + r),
        List.of("telegram_token", "123456789:AAF" + r.substring(0, 32)),
        List.of(
            "jwt",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"),
        List.of("card", "4111 1111 1111 1111"),
        List.of("card", "5500-0000-0000-0004"),
        List.of("card", "378282246310005"),
        List.of(
            "private_key",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----"),
        List.of("private_key", "-----BEGIN OPENSSH PRIVATE KEY-----\\nMIIE\\nabc"));
  }

  @ParameterizedTest
  @MethodSource("tokens")
  void knowsTokensByTheirShape(List<String> kindAndToken) {
    String kind = kindAndToken.getFirst();
    String token = kindAndToken.getLast();
    for (String text :
        List.of(
            token,
            "x " + token,
            "a=" + token + ", b",
            "[" + token + "]",
            "{\"k\":\"" + token + "\"}",
            "\\n" + token,
            "%20" + token,
            "(" + token + ").")) {
      assertThat(REDACTOR.redact(text))
          .as(text)
          .contains("[REDACTED:" + kind + "]")
          .doesNotContain(token);
    }
    assertThat(RuleRedactor.STANDARD.hits("x " + token))
        .containsExactly(
            new Hit(kind.equals("private_key") ? "pem" : kind, kind, 2, 2 + token.length()));
  }

  @Test
  void knowsSchemesWithoutAHeader() {
    String basic =
        Base64.getEncoder().encodeToString(("bob:" + SECRET).getBytes(StandardCharsets.UTF_8));
    assertThat(REDACTOR.redact("sent Basic " + basic + " to h"))
        .isEqualTo("sent Basic [REDACTED:basic_auth] to h");
    assertThat(REDACTOR.redact("sent bearer abc123def456 to h"))
        .isEqualTo("sent bearer [REDACTED:bearer_token] to h");
  }

  @Test
  void jsonInTextStaysJson() {
    assertThat(REDACTOR.redact("{\"pin\":1,\"password\": 123456, \"a\":[1]}"))
        .isEqualTo("{\"pin\":1,\"password\": \"[REDACTED:password]\", \"a\":[1]}");
    assertThat(REDACTOR.redact("{\"password\":\"a\\\"b\\\\\",\"user\":\"bob\"}"))
        .isEqualTo("{\"password\":\"[REDACTED:password]\",\"user\":\"bob\"}");
    assertThat(REDACTOR.redact("{\"secrets\":[\"a1\",\"b2\"],\"user\":\"bob\"}"))
        .isEqualTo("{\"secrets\":[\"[REDACTED:secret]\",\"[REDACTED:secret]\"],\"user\":\"bob\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "550e8400-e29b-41d4-a716-446655440000",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "input_tokens=12 output_tokens=34 max_tokens=4096 total_tokens: 46",
        "cache_key=users:7",
        "key=users:7 partition_key=3 primary_key=id foreignKey=x",
        "The password must be at least 12 characters long.",
        "Forgot your password? We have sent a reset link.",
        "Invalid password for user bob",
        "password: must contain a digit",
        "the password field is required; its password policy changed",
        "token expired at 12:30:15",
        "password_length=12 passwordPolicy=strict token_type=bearer token_count=3",
        "String password = getPassword();",
        "password: string",
        "password=${DB_PASSWORD} token=$TOKEN",
        "\"password\": null, \"token\": true",
        "password=******",
        "next_page_token=abc123 session_id=s-1 tenant=acme author=Ann",
        "2026-11-24T10:00:00.123456Z INFO http://localhost:8080/v1/jobs?limit=10",
        "git@github.com:acme/repo.git ssh://git@host/x",
        "at dev.spoor.Token.parse(Token.java:42)",
        "order 1234567890123456 took 1764000000000000 ns",
        "Basic authentication is required; bearer tokens are accepted",
        "sk-learn-contrib-something-very-long-indeed",
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "class PasswordEncoder implements TokenSource<Token> { }",
        "GET /v1/jobs/01J9/events -> 200 in 12.5 ms",
        "a -u b c --verbose --name x",
        "pass 1: ok, compass: north, secretary: Bob",
        "cwd=/home/x PWD=/home/x",
        "",
      })
  void leavesOrdinaryTextAlone(String text) {
    assertThat(REDACTOR.redact(text)).isSameAs(text);
  }

  @Test
  void judgesFieldsByTheirName() {
    for (String name :
        List.of(
            "password",
            "dbPassword",
            "X-Api-Key",
            "APIKey",
            "authorization",
            "Set-Cookie",
            "access_token",
            "clientSecret",
            "aws_secret_access_key",
            "PGPASSWORD")) {
      assertThat(REDACTOR.kindOfField(name)).as(name).isNotNull();
    }
    for (String name :
        List.of(
            "input_tokens",
            "gen_ai.usage.input_tokens",
            "cached_input_tokens",
            "memory_key_hash",
            "session_id",
            "request_id",
            "key",
            "cache",
            "author",
            "tokens",
            "password_policy")) {
      assertThat(REDACTOR.kindOfField(name)).as(name).isNull();
    }
  }

  static Stream<String> unitsOfAdversarialText() {
    return Stream.of(
        "a",
        "=",
        ":",
        "\\",
        "\"",
        "-",
        "--",
        "sk-",
        "sk-a",
        "eyJ",
        "eyJ-",
        "eyJaaaaaaaaa.",
        "://",
        "://a:",
        "://a@",
        "://a:b/",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN RSA -----",
        "password",
        "password=",
        "password:\"",
        "password=\\\"",
        "password=null ",
        "\"password\":[",
        "<password>",
        "<password></password>",
        "4111 ",
        "4",
        "4111-",
        "--password ",
        "-u a:",
        "Bearer ",
        "Basic ",
        "Basic YWFh",
        "Bearer aaaaaaa",
        "name=password ",
        "password=,",
        "password=a,b",
        "[password=a ",
        "password: |\n ",
        "Authorization: Basic ",
        "token=x;",
        "&quot;",
        "%22",
        "xoxb-",
        "1234567890:AA",
        " ",
        "\n",
        "{{",
        "password={{",
        "password=$",
        "ü",
        "a_",
        "a-",
        "a.");
  }

  @ParameterizedTest
  @MethodSource("unitsOfAdversarialText")
  void timeGrowsWithTheLengthAndNoFaster(String unit) {
    String small = unit.repeat(24_000 / unit.length());
    String large = unit.repeat(192_000 / unit.length());
    for (int i = 0; i < 3; i++) {
      best(small, 3);
    }
    long one = best(small, 5);
    long eight = best(large, 5);
    // Linear is 8; quadratic would be 64.
    assertThat(eight)
        .as("%s: %d µs, %d µs", unit, one / 1000, eight / 1000)
        .isLessThan(Math.max(one, 200_000) * 24);
  }

  /** In processor time of this thread: other work on the machine does not count. */
  private static long best(String text, int rounds) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long best = Long.MAX_VALUE;
    for (int i = 0; i < rounds; i++) {
      long start = threads.getCurrentThreadCpuTime();
      REDACTOR.redact(text);
      best = Math.min(best, threads.getCurrentThreadCpuTime() - start);
    }
    return best;
  }

  @Test
  void aBracketInAPasswordDoesNotMakeItCode() {
    for (String password :
        List.of("Xk7vB2(q!mZ9r", "aB3dE5(9kLm!", "tiger2(2024)x", "abcd[3]x9Q!", "Tr0ub4(dor)&3")) {
      for (String form : List.of("password=%s", "{\"password\":\"%s\"}", "password: %s\nnext")) {
        assertThat(REDACTOR.redact(form.formatted(password)))
            .as(form + " " + password)
            .doesNotContain(password)
            .doesNotContain(password.substring(password.length() - 3));
      }
    }
    for (String code :
        List.of(
            "password = getPassword()",
            "password = request.getParameter(\"p\")",
            "password=encode(raw + salt)",
            "\"password\": \"varchar(255)\"",
            "token = tokens[i];",
            "token = tokens[i].value",
            "password = sha256(input)")) {
      assertThat(REDACTOR.redact(code)).isEqualTo(code);
    }
  }

  @Test
  void aCookiesValueInQuotesIsAPartOfIt() {
    assertThat(REDACTOR.redact("Set-Cookie: JSESSIONID=\"node0abc123\"; Path=/\nnext"))
        .isEqualTo("Set-Cookie: [REDACTED:cookie]\nnext");
    assertThat(REDACTOR.redact("Cookie: theme=\"dark\"; sessionid=s3cr3t"))
        .isEqualTo("Cookie: [REDACTED:cookie]");
    assertThat(REDACTOR.redact("curl -H \"Cookie: a=b1c2d3\" -H \"X: y\" h"))
        .isEqualTo("curl -H \"Cookie: [REDACTED:cookie]\" -H \"X: y\" h");
    assertThat(REDACTOR.redact("curl -H \"Cookie: a=\" -H \"X: y\" h")).contains("\"X: y\" h");
  }
}
