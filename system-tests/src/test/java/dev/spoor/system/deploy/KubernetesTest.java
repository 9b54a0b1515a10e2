package dev.spoor.system.deploy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.spoor.contract.wire.Json;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.json.JsonMapper;

/** deploy/kubernetes against the Kubernetes API, the images and docs/configuration.md. */
class KubernetesTest {
  private static final Path ROOT = RuleGroups.DEPLOY.resolve("kubernetes");
  private static final String NAME = "app.kubernetes.io/name";
  private static final Map<String, Integer> PORTS =
      Map.of("gateway", 8080, "worker", 8081, "shipper", 8082);
  private static final Set<String> SECRETS_OF_ENVIRONMENT =
      Set.of("spoor-kafka", "spoor-models", "spoor-elasticsearch", "spoor-memory");

  private static final Map<String, Class<?>> MODEL =
      Map.of(
          "v1/Namespace", Namespace.class,
          "v1/Service", Service.class,
          "v1/ServiceAccount", ServiceAccount.class,
          "apps/v1/StatefulSet", StatefulSet.class,
          "policy/v1/PodDisruptionBudget", PodDisruptionBudget.class,
          "networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class);

  /** Resources of operators. */
  private static final Set<String> WITHOUT_MODEL =
      Set.of(
          "keda.sh/v1alpha1/ScaledObject",
          "keda.sh/v1alpha1/TriggerAuthentication",
          "monitoring.coreos.com/v1/PodMonitor");

  /** The model keeps properties that it does not know; here they are errors. */
  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .annotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(MapperConfig<?> config, Annotated annotated) {
                  return false;
                }
              })
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  @Test
  void everyObjectIsOneOfTheApi() throws IOException {
    List<JsonNode> objects = objects();
    assertThat(objects).hasSizeGreaterThan(20);
    for (JsonNode object : objects) {
      String type = type(object);
      Class<?> model = MODEL.get(type);
      if (model == null) {
        assertThat(WITHOUT_MODEL).contains(type);
      } else {
        assertThat(STRICT.treeToValue(object, model)).as(name(object)).isNotNull();
      }
    }
  }

  @Test
  void aPropertyThatTheApiDoesNotKnowIsAnError() {
    JsonNode mistyped =
        Json.tree("{\"spec\":{\"template\":{\"spec\":{\"container\":[]}}}}".getBytes(UTF_8));
    assertThatThrownBy(() -> STRICT.treeToValue(mistyped, StatefulSet.class))
        .isInstanceOf(UnrecognizedPropertyException.class)
        .hasMessageContaining("\"container\"");
  }

  @Test
  void everyFileIsAResourceOfItsKustomizationAndEveryResourceExists() throws IOException {
    Set<Path> named = new HashSet<>();
    for (Path kustomization : files("kustomization.yaml")) {
      JsonNode settings = RuleGroups.yaml(kustomization);
      named.add(kustomization.normalize());
      for (String list : List.of("resources", "components")) {
        for (JsonNode resource : settings.path(list)) {
          Path path = kustomization.resolveSibling(resource.asString()).normalize();
          assertThat(path).as(kustomization.toString()).exists();
          named.add(path);
        }
      }
      for (JsonNode patch : settings.path("patches")) {
        if (patch.has("path")) {
          Path path = kustomization.resolveSibling(patch.path("path").asString()).normalize();
          assertThat(path).as(kustomization.toString()).exists();
          named.add(path);
        }
      }
    }
    for (Path file : files(".yaml")) {
      assertThat(named).contains(file.normalize());
    }
  }

  @Test
  void everyVariableIsAConfigurationSetting() throws IOException {
    Variables documented = Variables.read();
    for (JsonNode set : stateful().values()) {
      Set<String> own = new HashSet<>();
      for (JsonNode variable : container(set).path("env")) {
        String name = variable.path("name").asString();
        if (variable.has("valueFrom")) {
          own.add(name);
        } else {
          assertThat(documented.has(name)).as(name).isTrue();
        }
      }
      assertThat(own).isSubsetOf("POD_NAME");
      for (JsonNode source : container(set).path("envFrom")) {
        if (source.has("secretRef")) {
          assertThat(SECRETS_OF_ENVIRONMENT)
              .contains(source.path("secretRef").path("name").asString());
        } else {
          assertThat(source.path("configMapRef").path("name").asString()).isEqualTo("spoor");
        }
      }
    }
    int literals = 0;
    for (Path kustomization : files("kustomization.yaml")) {
      for (JsonNode generator : RuleGroups.yaml(kustomization).path("configMapGenerator")) {
        assertThat(generator.path("name").asString()).isEqualTo("spoor");
        for (JsonNode literal : generator.path("literals")) {
          String name = literal.asString().substring(0, literal.asString().indexOf('='));
          assertThat(documented.has(name)).as(kustomization + ": " + name).isTrue();
          literals++;
        }
      }
    }
    assertThat(literals).isGreaterThan(8);
  }

  @Test
  void everyPodIsRestrictedProbedBoundedAndHasItsVolumes() throws IOException {
    Map<String, JsonNode> sets = stateful();
    assertThat(sets).containsOnlyKeys(PORTS.keySet());
    sets.forEach((app, set) -> {
      JsonNode pod = set.path("spec").path("template").path("spec");
      JsonNode container = container(set);
      assertThat(set.path("spec").path("selector").path("matchLabels").path(NAME).asString())
          .isEqualTo(set.at("/spec/template/metadata/labels").path(NAME).asString())
          .isEqualTo(app);
      assertThat(container.path("image").asString()).isEqualTo("spoor/" + app);
      assertThat(container.at("/ports/0/containerPort").asInt()).isEqualTo(PORTS.get(app));
      assertThat(pod.path("automountServiceAccountToken").asBoolean(true)).isFalse();
      assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
      assertThat(pod.at("/securityContext/seccompProfile/type").asString())
          .isEqualTo("RuntimeDefault");
      assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
      assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true))
          .isFalse();
      assertThat(container.at("/securityContext/capabilities/drop/0").asString()).isEqualTo("ALL");
      assertThat(container.at("/resources/limits/memory").asString())
          .isEqualTo(container.at("/resources/requests/memory").asString())
          .isNotEmpty();
      assertThat(pod.path("terminationGracePeriodSeconds").asInt()).isGreaterThanOrEqualTo(30);
      for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
        assertThat(container.path(probe).path("httpGet").path("path").asString())
            .isIn("/actuator/health/liveness", "/actuator/health/readiness");
        assertThat(container.path(probe).path("httpGet").path("port").asString())
            .isEqualTo(container.at("/ports/0/name").asString());
      }
      Set<String> volumes = new HashSet<>();
      pod.path("volumes").forEach(volume -> volumes.add(volume.path("name").asString()));
      set.path("spec")
          .path("volumeClaimTemplates")
          .forEach(claim -> volumes.add(claim.path("metadata").path("name").asString()));
      Set<String> mounted = new HashSet<>();
      Set<String> paths = new HashSet<>();
      for (JsonNode mount : container.path("volumeMounts")) {
        mounted.add(mount.path("name").asString());
        paths.add(mount.path("mountPath").asString());
      }
      assertThat(mounted).isEqualTo(volumes);
      assertThat(paths).containsExactlyInAnyOrder("/data", "/keys", "/tmp");
    });
  }

  @Test
  void servicesBudgetsAndPoliciesSelectPodsThatThereAre() throws IOException {
    Set<String> services = new HashSet<>();
    Set<String> budgets = new HashSet<>();
    Set<String> policies = new HashSet<>();
    boolean everyoneIsDenied = false;
    for (JsonNode object : objects()) {
      switch (object.path("kind").asString()) {
        case "Service" -> {
          String app = object.path("spec").path("selector").path(NAME).asString();
          services.add(name(object));
          assertThat(object.at("/spec/ports/0/port").asInt())
              .as(name(object))
              .isEqualTo(PORTS.get(app));
        }
        case "PodDisruptionBudget" ->
            budgets.add(object.at("/spec/selector/matchLabels").path(NAME).asString());
        case "NetworkPolicy" -> {
          JsonNode selected = object.at("/spec/podSelector/matchLabels").path(NAME);
          if (selected.isMissingNode()) {
            everyoneIsDenied |= name(object).equals("default-deny");
          } else {
            assertThat(PORTS).containsKey(selected.asString());
            policies.add(selected.asString());
          }
        }
        default -> {}
      }
    }
    assertThat(budgets).isEqualTo(PORTS.keySet());
    assertThat(policies).isEqualTo(PORTS.keySet());
    assertThat(everyoneIsDenied).isTrue();
    stateful()
        .forEach((app, set) ->
            assertThat(services).contains(set.path("spec").path("serviceName").asString()));
  }

  @Test
  void workersAreScaledByFiguresThatTheGatewayGives() throws IOException {
    Set<String> figures = new HashSet<>();
    for (JsonNode object : objects()) {
      if (object.path("kind").asString().equals("ScaledObject")) {
        assertThat(stateful()).containsKey(object.at("/spec/scaleTargetRef/name").asString());
        for (JsonNode trigger : object.path("spec").path("triggers")) {
          assertThat(trigger.path("type").asString()).isEqualTo("metrics-api");
          assertThat(trigger.at("/metadata/url").asString())
              .isEqualTo("http://gateway.spoor.svc:8080/v1/queue");
          figures.add(trigger.at("/metadata/valueLocation").asString());
        }
      }
    }
    assertThat(figures).containsExactlyInAnyOrder("depth.queued", "depth.running");
  }

  private static Map<String, JsonNode> stateful() throws IOException {
    Map<String, JsonNode> sets = new TreeMap<>();
    for (JsonNode object : objects()) {
      if (object.path("kind").asString().equals("StatefulSet")) {
        sets.put(name(object), object);
      }
    }
    return sets;
  }

  private static JsonNode container(JsonNode set) {
    return set.at("/spec/template/spec/containers/0");
  }

  private static String type(JsonNode object) {
    return object.path("apiVersion").asString() + "/" + object.path("kind").asString();
  }

  private static String name(JsonNode object) {
    return object.path("metadata").path("name").asString();
  }

  /** All but kustomizations and patches. */
  private static List<JsonNode> objects() throws IOException {
    List<JsonNode> objects = new ArrayList<>();
    for (Path file : files(".yaml")) {
      for (Object document :
          new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(Files.readString(file))) {
        JsonNode object = Json.tree(Json.write(document));
        if (object.isObject() && !file.endsWith("kustomization.yaml")) {
          objects.add(object);
        }
      }
    }
    return objects;
  }

  private static List<Path> files(String end) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }
}
