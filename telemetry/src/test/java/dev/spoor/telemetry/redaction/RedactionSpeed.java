package dev.spoor.telemetry.redaction;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Redaction's speed on one core: MB a second on ordinary log text, and milliseconds for 96 KB of
 * the dearest of the fuzzer's pieces, each repeated.
 */
final class RedactionSpeed {
  private static final String[] LINES = {
    "Started job 01890a5d-ac96-774b-bcce-b302099a8057 of flow review-story on worker-3, attempt 1",
    "GET /v1/jobs?limit=20&status=running completed with 200 in 12.5 ms (request_id=4bf92f3577b34da6)",
    "Partition telemetry-3 assigned, offset 182736, lag=0, leader=localhost:9092 (id: 1 rack: null)",
    "Model call finished: input_tokens=1234 output_tokens=456 cost_usd=0.0123 provider=scripted",
    "{\"user\":\"bob\",\"items\":[1,2,3],\"note\":\"nothing to see here\",\"total\":17.25}",
    "\tat dev.spoor.worker.execution.StepRunner.run(StepRunner.java:142)",
  };

  private RedactionSpeed() {}

  public static void main(String[] args) {
    Redactor redactor = Redactor.standard();
    long bytes = 0;
    for (String line : LINES) {
      bytes += line.getBytes(StandardCharsets.UTF_8).length;
    }
    for (int round = 0; round < 6; round++) {
      long start = System.nanoTime();
      long length = 0;
      int times = 400_000;
      for (int i = 0; i < times; i++) {
        for (String line : LINES) {
          length += redactor.redact(line).length();
        }
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf("%.0f MB/s (%d)%n", bytes * times / seconds / 1e6, length);
    }
    slowest(redactor);
  }

  private static void slowest(Redactor redactor) {
    record Case(String unit, double ms) {}
    List<Case> cases = new ArrayList<>();
    for (String unit : RedactionFuzz.PIECES) {
      String text = RedactionFuzz.text(unit, 96 << 10);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 30; i++) {
        long start = System.nanoTime();
        redactor.redact(text);
        best = Math.min(best, (System.nanoTime() - start) / 1e6);
      }
      cases.add(new Case(unit, best));
    }
    cases.sort(Comparator.comparingDouble(Case::ms).reversed());
    System.out.println("96 KB of one piece, the five slowest of " + cases.size() + ":");
    cases.stream()
        .limit(5)
        .forEach(
            one -> System.out.printf("%6.2f ms  %s%n", one.ms(), one.unit().replace("\n", "\\n")));
  }
}
