package dev.spoor.shipper;

import dev.spoor.contract.telemetry.Events;
import dev.spoor.contract.telemetry.Fields;
import dev.spoor.telemetry.app.AppDefaults;
import dev.spoor.telemetry.app.KafkaConfiguration;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** A process that logs a few things with the telemetry module and ends. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(KafkaConfiguration.class)
class EmittingApp {
  public static void main(String[] args) {
    SpringApplication application = new SpringApplication(EmittingApp.class);
    Map<String, Object> defaults = new HashMap<>(AppDefaults.of("emitter", 0));
    defaults.put("spring.main.web-application-type", "none");
    application.setDefaultProperties(defaults);
    ConfigurableApplicationContext context = application.run(args);
    try {
      Logger log = LoggerFactory.getLogger("dev.spoor.test.Emitter");
      log.info("plain line with Gr\u00fc\u00dfe \ud83d\ude00");
      log.info("forged\n{\"level\":\"ERROR\",\"message\":\"not a record\"}");
      log.atWarn()
          .addKeyValue(Fields.EVENT, Events.LLM_CALL_FAILED)
          .addKeyValue(Fields.DURATION_MS, 12.5)
          .addKeyValue(Fields.STATUS, "failure")
          .addKeyValue(Fields.STATUS_CODE, 503)
          .log("a call with the password=hunter2hunter2");
      log.error("failed", new IllegalStateException("outer", new java.io.IOException("inner")));
    } finally {
      context.close();
    }
  }
}
