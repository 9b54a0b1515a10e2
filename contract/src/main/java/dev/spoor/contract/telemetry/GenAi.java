package dev.spoor.contract.telemetry;

/**
 * Names of the OpenTelemetry GenAI semantic conventions, v0.1.0 (status: development). They change;
 * so they live here only.
 */
public final class GenAi {
  /** The version of the conventions these names are of. */
  public static final String CONVENTIONS_VERSION = "0.1.0";

  public static final String OPERATION_NAME = "gen_ai.operation.name";
  public static final String PROVIDER_NAME = "gen_ai.provider.name";
  public static final String REQUEST_MODEL = "gen_ai.request.model";
  public static final String RESPONSE_MODEL = "gen_ai.response.model";
  public static final String USAGE_INPUT_TOKENS = "gen_ai.usage.input_tokens";
  public static final String USAGE_OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
  public static final String TOOL_NAME = "gen_ai.tool.name";
  public static final String AGENT_NAME = "gen_ai.agent.name";

  private GenAi() {}

  /** Values of {@link #OPERATION_NAME}; a span's name begins with them. */
  public static final class Operation {
    public static final String CHAT = "chat";
    public static final String EXECUTE_TOOL = "execute_tool";
    public static final String INVOKE_AGENT = "invoke_agent";

    private Operation() {}
  }
}
