package dev.spoor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class BrokerOfItsOwnIT {
  @RegisterExtension static final TestBroker BROKER = TestBroker.ofItsOwn();

  @Test
  void keepsItsDataAndItsAddressOverAStop() throws Exception {
    String before = BROKER.bootstrapServers();
    String topic = BROKER.freshTopics().telemetry();
    try (Admin admin = admin(BROKER)) {
      admin.createTopics(Set.of(new NewTopic(topic, 1, (short) 1))).all().get(10, TimeUnit.SECONDS);
    }
    BROKER.stop();
    BROKER.start();
    assertThat(BROKER.bootstrapServers()).isEqualTo(before);
    try (Admin admin = admin(BROKER)) {
      assertThat(admin.listTopics().names().get(10, TimeUnit.SECONDS)).contains(topic);
    }
  }

  @Test
  void sharesOneBrokerAndGivesFreshNames() {
    assertThat(TestBroker.shared()).isSameAs(TestBroker.shared());
    assertThat(TestBroker.shared().freshTopics()).isNotEqualTo(TestBroker.shared().freshTopics());
  }

  @Test
  void isReachedThroughItsProxyOnly() throws Exception {
    try (TestBroker broker = TestBroker.behindProxy()) {
      broker.start();
      try (Admin admin = admin(broker)) {
        assertThat(admin.describeCluster().nodes().get(10, TimeUnit.SECONDS))
            .singleElement()
            .satisfies(node -> assertThat(node.port()).isEqualTo(broker.proxy().port()));
        broker.proxy().cut();
        assertThatThrownBy(() -> admin.listTopics().names().get(10, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(TimeoutException.class);
        broker.proxy().heal();
        assertThat(admin.listTopics().names().get(10, TimeUnit.SECONDS)).isEmpty();
      }
    }
  }

  private static Admin admin(TestBroker broker) {
    return Admin.create(
        Map.of(
            "bootstrap.servers", broker.bootstrapServers(),
            "default.api.timeout.ms", 3_000,
            "request.timeout.ms", 2_000));
  }
}
