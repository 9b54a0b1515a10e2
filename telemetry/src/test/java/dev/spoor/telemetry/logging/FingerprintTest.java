package dev.spoor.telemetry.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FingerprintTest {
  private static String of(Throwable error) {
    return Fingerprint.of(error);
  }

  private static Throwable thrownBy(Callable<?> code) {
    try {
      code.call();
    } catch (Exception | StackOverflowError e) {
      return e;
    }
    throw new AssertionError("nothing was thrown");
  }

  /** The same exception with a stack trace that was changed. */
  private static Throwable with(Throwable error, UnaryOperator<List<StackTraceElement>> change) {
    Throwable copy = new IllegalStateException(error.getMessage(), error.getCause());
    copy.setStackTrace(
        change
            .apply(new ArrayList<>(List.of(error.getStackTrace())))
            .toArray(StackTraceElement[]::new));
    return copy;
  }

  private static StackTraceElement frame(String type, String method, int line) {
    return new StackTraceElement(type, method, "File.java", line);
  }

  private static Object reserve(String order) {
    throw new IllegalStateException("order " + order + " has no stock");
  }

  private static Object reserveAnother(String order) {
    throw new IllegalStateException("order " + order + " has no stock");
  }

  private static Object store(String order) {
    try {
      return reserve(order);
    } catch (IllegalStateException e) {
      throw new UncheckedIOException(new IOException("cannot store " + order, e));
    }
  }

  private static Object deep(int depth) {
    return depth == 0 ? reserve("1") : deep(depth - 1);
  }

  @Test
  void isSixteenHexadecimalDigits() {
    assertThat(of(thrownBy(() -> reserve("7")))).matches("[0-9a-f]{16}");
  }

  @Test
  void idsAndNumbersInMessagesDoNotMatter() {
    String one = of(thrownBy(() -> reserve("7")));
    String other = of(thrownBy(() -> reserve("01890a5d-ac96-774b-bcce-b302099a8057")));
    assertThat(one).isEqualTo(other).isEqualTo(of(thrownBy(() -> reserve("of Acme"))));
    assertThat(of(thrownBy(() -> store("7")))).isEqualTo(of(thrownBy(() -> store("8"))));
  }

  @Test
  void movedLinesDoNotMatter() {
    Throwable error = thrownBy(() -> reserve("7"));
    Throwable moved =
        with(
            error,
            frames -> {
              frames.replaceAll(
                  f -> frame(f.getClassName(), f.getMethodName(), f.getLineNumber() + 40));
              return frames;
            });
    assertThat(of(moved)).isEqualTo(of(error));
  }

  @Test
  void callersFarOutDoNotMatter() {
    Throwable error = thrownBy(() -> deepEnough(5));
    Throwable otherwise =
        with(
            error,
            frames -> {
              List<StackTraceElement> changed = new ArrayList<>(frames.subList(0, 7));
              changed.add(frame("org.example.Dispatcher", "dispatch", 3));
              return changed;
            });
    assertThat(of(otherwise)).isEqualTo(of(error));
  }

  private static Object deepEnough(int ways) {
    return switch (ways) {
      case 5 -> a();
      default -> reserve("1");
    };
  }

  private static Object a() {
    return b();
  }

  private static Object b() {
    return c();
  }

  private static Object c() {
    return d();
  }

  private static Object d() {
    return reserve("1");
  }

  @Test
  void theDepthOfARecursionDoesNotMatter() {
    assertThat(of(thrownBy(() -> deep(1)))).isEqualTo(of(thrownBy(() -> deep(400))));
  }

  @Test
  void namesThatAreMadeAtRunTimeDoNotMatter() {
    Throwable error = thrownBy(() -> reserve("7"));
    String first = null;
    for (String suffix :
        List.of("1/0x00007f2a0c001000", "12/0x00007faa18cde200", "7/0x0000000800cc1c40")) {
      Throwable now =
          with(
              error,
              _ ->
                  List.of(
                      frame("dev.example.Desk$$Lambda$" + suffix, "get", -1),
                      frame("dev.example.Desk", "lambda$open$" + suffix.charAt(0), 3),
                      frame("jdk.proxy2.$Proxy" + suffix.charAt(0), "open", -1),
                      frame("dev.example.Desk$$SpringCGLIB$$" + suffix.charAt(0), "open", -1),
                      frame("dev.example.Desk$" + suffix.charAt(0), "run", 9)));
      first = first == null ? of(now) : first;
      assertThat(of(now)).isEqualTo(first);
    }
  }

  @Test
  void thePlatformsOwnFramesDoNotMatter() {
    Throwable error = thrownBy(() -> reserve("7"));
    Throwable called =
        with(
            error,
            frames -> {
              frames.add(
                  1, frame("jdk.internal.reflect.DirectMethodHandleAccessor", "invoke", 104));
              frames.add(2, frame("java.lang.reflect.Method", "invoke", 565));
              return frames;
            });
    assertThat(of(called)).isEqualTo(of(error));
  }

  @Test
  void anotherMethodAnotherClassOrAnotherCauseIsAnotherFault() {
    Throwable error = thrownBy(() -> reserve("7"));
    Throwable other = new IllegalArgumentException(error.getMessage());
    other.setStackTrace(error.getStackTrace());
    Throwable caused = new IllegalStateException(error.getMessage(), new IOException("a"));
    caused.setStackTrace(error.getStackTrace());
    assertThat(List.of(of(error), of(thrownBy(() -> reserveAnother("7"))), of(other), of(caused)))
        .doesNotHaveDuplicates();
  }

  @Test
  void withoutAnyFrameTheWordsOfTheMessageTell() {
    assertThat(of(bare("order 7 of 'Acme Ltd' has no stock")))
        .isEqualTo(of(bare("order a-9f3 of 'Umbrella' has no stock")))
        .isNotEqualTo(of(bare("order 7 of 'Acme Ltd' has no price")));
    assertThat(of(bare(null))).matches("[0-9a-f]{16}");
  }

  private static Throwable bare(@Nullable String message) {
    Throwable error = new IllegalStateException(message);
    error.setStackTrace(new StackTraceElement[0]);
    return error;
  }

  @Test
  void causesInACircleEnd() {
    Throwable outer = new IllegalStateException("outer");
    Throwable inner = new IllegalStateException("inner", outer);
    outer.initCause(inner);
    assertThat(of(outer)).matches("[0-9a-f]{16}");
  }

  /** The figure is from another process than the one that runs this: it lasts. */
  @Test
  void lastsOverRestarts() {
    Throwable error = new IllegalStateException("x");
    error.setStackTrace(
        new StackTraceElement[] {
          frame("dev.example.Desk", "reserve", 12), frame("dev.example.Desk", "main", 3)
        });
    assertThat(of(error)).isEqualTo("2afb5cca60fe86a1");
  }
}
