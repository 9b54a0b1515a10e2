package dev.spoor.system.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.spoor.access.AccessFilter;
import dev.spoor.access.Requires;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.RequestMapping;

/** Every HTTP route of every app says which scope of a key it needs. */
class RoutesTest {
  /** Where the container sends errors. A request for it needs a key, and admin at that. */
  private static final String ERROR = "${server.error.path:/error}";

  @Test
  void everyRouteDeclaresItsScopeOrIsOpen() {
    List<String> undeclared = new ArrayList<>();
    Set<String> declared = new TreeSet<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.spoor")) {
      for (JavaMethod each : type.getMethods()) {
        if (!each.isMetaAnnotatedWith(RequestMapping.class)
            && !each.isAnnotatedWith(RequestMapping.class)) {
          continue;
        }
        Method method = each.reflect();
        RequestMapping mapping =
            AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
        assertThat(mapping).isNotNull();
        for (String path : mapping.path()) {
          String route = Arrays.toString(mapping.method()) + " " + path;
          boolean open = AccessFilter.OPEN.contains(path) || path.equals(ERROR);
          if (open == method.isAnnotationPresent(Requires.class)) {
            undeclared.add(
                route
                    + " of "
                    + type.getSimpleName()
                    + (open ? " is open and declares a scope" : " declares no scope"));
          }
          declared.add(route);
        }
      }
    }
    assertThat(undeclared).isEmpty();
    assertThat(declared)
        .contains("[GET] /v1/jobs", "[POST] /v1/jobs", "[GET] /v1/logs", "[GET] /v1/audit")
        .hasSizeGreaterThan(15);
  }

  /** A route of a function, which carries no annotation, would need admin; there is none. */
  @Test
  void routesAreMethodsOfControllers() {
    assertThat(
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("dev.spoor")
                    .stream()
                    .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                    .map(dependency -> dependency.getTargetClass().getName())
                    .filter(name -> name.startsWith("org.springframework.web.servlet.function")))
        .isEmpty();
  }
}
