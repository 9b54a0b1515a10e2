package dev.spoor.gateway.submit;

import dev.spoor.contract.job.JobSpec;
import tools.jackson.databind.JsonNode;

/**
 * A submit's body, found good.
 *
 * @param spec what to run and how
 * @param input fits the flow's schema
 * @param bodyHash of the whole body
 */
record Submission(JobSpec spec, JsonNode input, String bodyHash) {}
