package dev.spoor.gateway.catalogue;

import dev.spoor.access.Requires;
import dev.spoor.access.Scope;
import dev.spoor.contract.job.FlowDescription;
import dev.spoor.contract.job.FlowId;
import dev.spoor.contract.wire.Json;
import dev.spoor.telemetry.problem.Problem;
import java.util.List;
import java.util.Map;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** What can be submitted. */
@RestController
public final class FlowsController {
  private final FlowCatalogue catalogue;

  public FlowsController(FlowCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/flows", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> list() {
    List<FlowAnswer> flows = catalogue.all().stream().map(FlowAnswer::of).toList();
    return answer(Map.of("flows", flows));
  }

  @Requires(Scope.READ)
  @GetMapping(path = "/v1/flows/{flowId}", produces = MediaType.APPLICATION_JSON_VALUE)
  ResponseEntity<byte[]> one(@PathVariable String flowId) {
    return answer(
        FlowAnswer.of(
            catalogue
                .find(flowId)
                .orElseThrow(() ->
                    Problem.of(
                            404,
                            "no-such-flow",
                            "No such flow",
                            "no worker has announced this flow; GET /v1/flows lists them")
                        .asException())));
  }

  /**
   * A flow and where to find it.
   *
   * @param links by relation
   */
  record FlowAnswer(
      FlowId flowId,
      String description,
      JsonNode inputSchema,
      List<FlowDescription.Step> steps,
      int maxSteps,
      Map<String, String> links) {
    static FlowAnswer of(FlowDescription flow) {
      return new FlowAnswer(
          flow.flowId(),
          flow.description(),
          flow.inputSchema(),
          flow.steps(),
          flow.maxSteps(),
          Map.of("self", "/v1/flows/" + flow.flowId(), "submit", "/v1/jobs"));
    }
  }

  private static ResponseEntity<byte[]> answer(Object body) {
    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(Json.write(body));
  }
}
