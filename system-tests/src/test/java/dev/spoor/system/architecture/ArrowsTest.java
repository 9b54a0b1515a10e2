package dev.spoor.system.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows of docs/architecture.md: who may know whom. */
class ArrowsTest {
  /** What each module may use, itself left out. */
  private static final Map<String, Set<String>> MAY_USE =
      Map.ofEntries(
          Map.entry("contract", Set.of()),
          Map.entry("telemetry", Set.of("contract")),
          Map.entry("access", Set.of("contract", "telemetry")),
          Map.entry("agent", Set.of("contract")),
          Map.entry("store", Set.of("contract")),
          Map.entry("alert", Set.of("contract")),
          Map.entry("broker", Set.of()),
          Map.entry("testkit", Set.of("contract", "broker")),
          Map.entry("gateway", Set.of("contract", "telemetry", "access")),
          Map.entry("worker", Set.of("contract", "telemetry", "access", "agent")),
          Map.entry("shipper", Set.of("contract", "telemetry", "access", "store", "alert")),
          Map.entry(
              "standalone",
              Set.of(
                  "contract",
                  "telemetry",
                  "access",
                  "agent",
                  "store",
                  "alert",
                  "gateway",
                  "worker",
                  "shipper",
                  "broker")));

  private static JavaClasses spoor;

  @BeforeAll
  static void readClasses() {
    spoor =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("jmh_generated"))
            .importPackages("dev.spoor");
  }

  @TestFactory
  List<DynamicTest> everyModuleUsesOnlyWhatItMay() {
    return MAY_USE.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(module ->
            DynamicTest.dynamicTest(
                module.getKey() + " may use " + new TreeSet<>(module.getValue()),
                () -> {
                  String home = "dev.spoor." + module.getKey() + "..";
                  noClasses()
                      .that()
                      .resideInAPackage(home)
                      .should(
                          dependOnClassesThat(
                              describe(
                                  "are of a module it may not use",
                                  used -> isForbidden(module.getKey(), used))))
                      .allowEmptyShould(true)
                      .check(spoor);
                }))
        .toList();
  }

  private static boolean isForbidden(String module, JavaClass used) {
    String name = used.getPackageName();
    if (!name.startsWith("dev.spoor.")) {
      return false;
    }
    String rest = name.substring("dev.spoor.".length());
    int dot = rest.indexOf('.');
    String usedModule = dot < 0 ? rest : rest.substring(0, dot);
    return !usedModule.equals(module)
        && !MAY_USE.getOrDefault(module, Set.of()).contains(usedModule);
  }

  @Test
  void theContractKnowsNoSpringAndNoKafka() {
    noClasses()
        .that()
        .resideInAPackage("dev.spoor.contract..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "org.apache.kafka..", "org.slf4j..")
        .check(spoor);
  }

  @Test
  void theLedgersRulesKnowNoClockNoKafkaNoSpring() {
    noClasses()
        .that()
        .resideInAPackage("dev.spoor.gateway.ledger")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.springframework..", "org.apache.kafka..", "org.rocksdb..", "io.micrometer..")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .check(spoor);
  }

  @Test
  void alertsKnowNoThreadsNoKafkaNoSpring() {
    noClasses()
        .that()
        .resideInAPackage("dev.spoor.alert..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "org.apache.kafka..", "java.util.concurrent..")
        .allowEmptyShould(true)
        .check(spoor);
  }

  @Test
  void theAgentPortKnowsNoSpringAndNoKafka() {
    noClasses()
        .that()
        .resideInAPackage("dev.spoor.agent..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "org.apache.kafka..")
        .check(spoor);
  }

  @Test
  void onlyOnePackageKnowsOpenTelemetryAndOnlyTheWiringKnowsIt() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.spoor.telemetry.otel..", "dev.spoor.testkit..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.opentelemetry..", "io.grpc..")
        .check(spoor);
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.spoor.telemetry.otel..", "dev.spoor.telemetry.app..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.spoor.telemetry.otel..")
        .check(spoor);
  }

  @Test
  void packagesOfAModuleHaveNoCycles() {
    slices().matching("dev.spoor.(**)").should().beFreeOfCycles().check(spoor);
  }

  @Test
  void noClassIsNamedForNothing() {
    classes()
        .should()
        .haveSimpleNameNotEndingWith("Manager")
        .andShould()
        .haveSimpleNameNotEndingWith("Helper")
        .andShould()
        .haveSimpleNameNotEndingWith("Util")
        .andShould()
        .haveSimpleNameNotEndingWith("Utils")
        .andShould()
        .haveSimpleNameNotEndingWith("Impl")
        .andShould()
        .haveSimpleNameNotEndingWith("Service")
        .check(spoor);
  }

  @Test
  void everyPackageSaysWhatItIsForAndIsNullMarked() {
    Set<String> unmarked = new TreeSet<>();
    Map<String, Boolean> marked = new TreeMap<>();
    for (JavaClass type : spoor) {
      marked.putIfAbsent(type.getPackageName(), false);
      if (type.getSimpleName().equals("package-info")
          && type.isAnnotatedWith("org.jspecify.annotations.NullMarked")) {
        marked.put(type.getPackageName(), true);
      }
    }
    marked.forEach((name, is) -> {
      if (!is && !name.startsWith("dev.spoor.system")) {
        unmarked.add(name);
      }
    });
    assertThat(unmarked).isEmpty();
  }

  @Test
  void nothingIsSharedThroughMutableStaticFields() {
    assertThat(
            spoor.stream()
                // One broker for all tests of a JVM is what the testkit is for.
                .filter(type -> !type.getPackageName().startsWith("dev.spoor.testkit"))
                .flatMap(type -> type.getFields().stream())
                .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
                .filter(field -> !field.getModifiers().contains(JavaModifier.FINAL))
                .filter(field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC))
                .filter(field -> !field.getName().contains("$"))
                .map(field -> field.getFullName()))
        .isEmpty();
  }
}
