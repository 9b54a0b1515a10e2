package dev.spoor.access;

import dev.spoor.telemetry.problem.ProblemWriter;
import dev.spoor.telemetry.redaction.Redactor;
import java.nio.file.Path;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Keys and scopes of an app, to be imported. */
@Configuration(proxyBeanMethods = false)
public class AccessConfiguration {
  /** Behind the request log, which names and times what is refused too, and Boot's own meters. */
  private static final int ORDER = Ordered.HIGHEST_PRECEDENCE + 10;

  /** Whether callers are asked for keys: the setting names a file. */
  public static boolean hasKeys(Environment environment) {
    return !environment.getProperty(KeysFile.SETTING, "").isBlank();
  }

  @Bean
  FilterRegistrationBean<AccessFilter> accessFilter(
      Environment environment, ObjectProvider<Redactor> redactor) {
    KeyRing ring =
        hasKeys(environment)
            ? new KeyRing(
                Path.of(environment.getProperty(KeysFile.SETTING, "").strip()), System::nanoTime)
            : null;
    FilterRegistrationBean<AccessFilter> registration =
        new FilterRegistrationBean<>(
            new AccessFilter(
                ring,
                environment.getProperty("management.endpoints.web.base-path", "/actuator"),
                new ProblemWriter(redactor.getIfAvailable(Redactor::standard))));
    registration.setOrder(ORDER);
    return registration;
  }

  @Bean
  WebMvcConfigurer accessScopes() {
    return new WebMvcConfigurer() {
      @Override
      public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new ScopeCheck());
      }
    };
  }
}
