package dev.spoor.telemetry.problem;

import dev.spoor.telemetry.redaction.Redactor;
import org.apache.catalina.core.StandardHost;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Every error of the app's HTTP side as a problem. */
@Configuration(proxyBeanMethods = false)
public class ProblemConfiguration {
  @Bean
  ProblemWriter problemWriter(ObjectProvider<Redactor> redactor) {
    return new ProblemWriter(redactor.getIfAvailable(Redactor::standard));
  }

  @Bean
  ProblemAdvice problemAdvice(ProblemWriter problemWriter) {
    return new ProblemAdvice(problemWriter);
  }

  @Bean
  ProblemErrorController problemErrorController(ProblemWriter problemWriter) {
    return new ProblemErrorController(problemWriter);
  }

  @Bean
  WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemErrorValve() {
    return factory ->
        factory.addContextCustomizers(context -> {
          if (context.getParent() instanceof StandardHost host) {
            host.setErrorReportValveClass(ProblemErrorValve.class.getName());
          }
        });
  }
}
