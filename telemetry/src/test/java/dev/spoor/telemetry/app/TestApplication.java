package dev.spoor.telemetry.app;

import dev.spoor.telemetry.health.DependencyProbe;
import dev.spoor.telemetry.health.QueueDepth;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** A service as a user of this library would write it. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class TestApplication {
  static final Logger log = LoggerFactory.getLogger(TestApplication.class);

  /** As a process of its own, with {@code name=value} arguments. */
  public static void main(String[] arguments) {
    Map<String, Object> properties = new TreeMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      properties.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    log.info("First line");
    AppStart.run(TestApplication.class, defaults(properties));
    log.info("Running");
  }

  /** Runs it on a free port; properties win over its own. */
  public static ConfigurableApplicationContext run(Map<String, Object> properties) {
    SpringApplication application = new SpringApplication(TestApplication.class);
    application.setDefaultProperties(defaults(properties));
    application.setRegisterShutdownHook(false);
    return application.run();
  }

  private static Map<String, Object> defaults(Map<String, Object> properties) {
    Map<String, Object> all = new TreeMap<>(AppDefaults.of("test-app", 0));
    all.put("server.address", "127.0.0.1");
    all.putAll(properties);
    return all;
  }

  @Bean
  Switch kafkaSwitch() {
    return new Switch("kafka", true);
  }

  @Bean
  Switch storeSwitch() {
    return new Switch("store", false);
  }

  @Bean
  QueueDepth depth() {
    return () -> OptionalLong.of(7);
  }

  /** A dependency whose state a test sets. */
  static final class Switch implements DependencyProbe {
    enum State {
      UP,
      DOWN,
      HANGING
    }

    private final String name;
    private final boolean essential;
    volatile State state = State.UP;

    Switch(String name, boolean essential) {
      this.name = name;
      this.essential = essential;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public boolean essential() {
      return essential;
    }

    @Override
    public void check() throws Exception {
      switch (state) {
        case UP -> {}
        case DOWN -> throw new IOException("refused, password=hunter2Zq9");
        case HANGING -> new CountDownLatch(1).await();
      }
    }
  }

  @RestController
  static final class Desk {
    @GetMapping("/orders/{id}")
    String order(@PathVariable String id) {
      log.info("Looked up {}", id);
      return "order " + id;
    }

    @PostMapping("/orders")
    String create(@RequestBody String body) {
      return "ü" + body.length();
    }

    @SuppressWarnings("DoNotCallSuggester") // Called over HTTP.
    @GetMapping("/broken")
    String broken() {
      throw new IllegalStateException("token=hunter2Zq9");
    }

    @GetMapping("/later")
    Callable<String> later() {
      return () -> {
        log.info("Later");
        return "later";
      };
    }

    @GetMapping("/events")
    SseEmitter events() {
      SseEmitter emitter = new SseEmitter(10_000L);
      Thread.ofVirtual()
          .start(() -> {
            try {
              for (int i = 0; i < 3; i++) {
                emitter.send("event " + i);
                Thread.sleep(20);
              }
              emitter.complete();
            } catch (IOException | InterruptedException e) {
              emitter.completeWithError(e);
            }
          });
      return emitter;
    }

    @GetMapping("/gone")
    void gone(HttpServletResponse response) throws IOException {
      response.sendError(410);
    }
  }
}
