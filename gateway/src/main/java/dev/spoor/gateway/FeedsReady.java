package dev.spoor.gateway;

import dev.spoor.gateway.feed.TopicFeed;
import java.util.List;
import org.springframework.context.SmartLifecycle;

/** Holds the start back until every feed has caught up. */
final class FeedsReady implements SmartLifecycle {
  private final List<TopicFeed> feeds;
  private volatile boolean running;

  FeedsReady(List<TopicFeed> feeds) {
    this.feeds = List.copyOf(feeds);
  }

  @Override
  public void start() {
    feeds.forEach(TopicFeed::awaitReady);
    running = true;
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  @Override
  public int getPhase() {
    return TopicFeed.PHASE + 1;
  }
}
