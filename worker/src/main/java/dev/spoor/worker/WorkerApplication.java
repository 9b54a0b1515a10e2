package dev.spoor.worker;

import dev.spoor.telemetry.app.AppDefaults;
import dev.spoor.telemetry.app.AppStart;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The worker as a process of its own. Its HTTP port serves health and metrics only. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(WorkerConfiguration.class)
public class WorkerApplication {
  static final int PORT = 8081;

  public static void main(String[] args) {
    AppStart.run(WorkerApplication.class, AppDefaults.of("worker", PORT), args);
  }
}
