package dev.spoor.worker.slot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.spoor.contract.job.Priority;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class SlotAllocatorTest {
  @Test
  void aPollNeedsAWholeBatchOfFreeSlots() throws Exception {
    SlotAllocator slots = new SlotAllocator(32, 1_000);
    assertThat(slots.batch()).isEqualTo(2);
    for (int i = 0; i < 15; i++) {
      assertThat(slots.reserve(Priority.NORMAL)).isTrue();
      slots.take(Priority.NORMAL, 2, 0);
    }
    assertThat(slots.reserve(Priority.NORMAL)).isTrue();
    slots.take(Priority.NORMAL, 1, 0);
    Waiter waiter = new Waiter(slots, Priority.NORMAL);
    waiter.awaitWaiting();
    slots.release(0);
    waiter.awaitReserved();
    assertThat(slots.load().used()).isEqualTo(30);
    assertThat(slots.load().reserved()).isEqualTo(2);
  }

  @Test
  void highComesFirst() throws Exception {
    SlotAllocator slots = full(4);
    Waiter normal = new Waiter(slots, Priority.NORMAL);
    normal.awaitWaiting();
    Waiter high = new Waiter(slots, Priority.HIGH);
    high.awaitWaiting();
    slots.release(0);
    high.awaitReserved();
    assertThat(normal.isReserved()).isFalse();
    slots.release(0);
    normal.awaitReserved();
  }

  @Test
  void lowGetsOneInTenWhileOthersHaveWork() throws Exception {
    SlotAllocator slots = full(4);
    Map<Priority, Integer> given = new EnumMap<>(Priority.class);
    Map<Priority, Waiter> waiters = new EnumMap<>(Priority.class);
    for (Priority priority : Priority.values()) {
      waiters.put(priority, new Waiter(slots, priority));
      waiters.get(priority).awaitWaiting();
    }
    for (int i = 0; i < 100; i++) {
      slots.release(0);
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> waiters.values().stream().anyMatch(Waiter::isReserved));
      Priority winner =
          waiters.entrySet().stream()
              .filter(each -> each.getValue().isReserved())
              .map(Map.Entry::getKey)
              .findFirst()
              .orElseThrow();
      given.merge(winner, 1, Integer::sum);
      slots.take(winner, 1, 0);
      waiters.put(winner, new Waiter(slots, winner));
      waiters.get(winner).awaitWaiting();
    }
    assertThat(given).isEqualTo(Map.of(Priority.HIGH, 90, Priority.LOW, 10));
    slots.close();
  }

  @Test
  void noPollWhileBytesAreUsedUp() throws Exception {
    SlotAllocator slots = new SlotAllocator(16, 1_000);
    assertThat(slots.reserve(Priority.HIGH)).isTrue();
    slots.take(Priority.HIGH, 1, 1_000);
    Waiter waiter = new Waiter(slots, Priority.HIGH);
    waiter.awaitWaiting();
    slots.release(1_000);
    waiter.awaitReserved();
  }

  @Test
  void closingWakesWhoeverWaits() throws Exception {
    SlotAllocator slots = full(4);
    Waiter waiter = new Waiter(slots, Priority.LOW);
    waiter.awaitWaiting();
    slots.close();
    waiter.awaitRefused();
  }

  @Test
  void aQuarantinedSlotStaysTaken() throws Exception {
    SlotAllocator slots = full(4);
    slots.quarantine();
    assertThat(slots.load()).isEqualTo(new SlotAllocator.Load(4, 4, 0, 1, 0));
    slots.endQuarantine();
    slots.release(0);
    assertThat(slots.load()).isEqualTo(new SlotAllocator.Load(4, 3, 0, 0, 0));
  }

  @Test
  void refusesFewerSlotsThanThreeQueuesNeed() {
    assertThatThrownBy(() -> new SlotAllocator(3, 1)).hasMessage("slots must be at least 4, was 3");
  }

  private static SlotAllocator full(int count) throws InterruptedException {
    SlotAllocator slots = new SlotAllocator(count, 1_000);
    for (int i = 0; i < count; i++) {
      assertThat(slots.reserve(Priority.NORMAL)).isTrue();
      slots.take(Priority.NORMAL, 1, 0);
    }
    return slots;
  }

  /** A poller that asks for one reservation. */
  private static final class Waiter {
    private final AtomicReference<String> state = new AtomicReference<>("waiting");
    private final Thread thread;

    Waiter(SlotAllocator slots, Priority priority) {
      thread =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try {
                  state.set(slots.reserve(priority) ? "reserved" : "refused");
                } catch (InterruptedException e) {
                  state.set("interrupted");
                }
              });
    }

    boolean isReserved() {
      return state.get().equals("reserved");
    }

    void awaitWaiting() {
      await()
          .pollInterval(Duration.ofMillis(1))
          .until(() -> thread.getState() == Thread.State.WAITING);
    }

    void awaitReserved() {
      await().pollInterval(Duration.ofMillis(1)).until(this::isReserved);
    }

    void awaitRefused() {
      await().until(() -> state.get().equals("refused"));
    }
  }
}
