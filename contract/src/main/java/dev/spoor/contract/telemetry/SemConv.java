package dev.spoor.contract.telemetry;

/**
 * Names of the OpenTelemetry semantic conventions outside GenAI ({@link GenAi}), v1.37.0: only such
 * as are stable. Spans have them; our own facts have the names in {@link Fields} behind {@link
 * #OWN}.
 */
public final class SemConv {
  /** The version of the conventions these names are of. */
  public static final String CONVENTIONS_VERSION = "1.37.0";

  /** Before the name of a record's field, where an attribute says the same. */
  public static final String OWN = "spoor.";

  public static final String HTTP_REQUEST_METHOD = "http.request.method";
  public static final String HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
  public static final String HTTP_ROUTE = "http.route";
  public static final String URL_PATH = "url.path";
  public static final String CLIENT_ADDRESS = "client.address";

  public static final String ERROR_TYPE = "error.type";
  public static final String EXCEPTION = "exception";
  public static final String EXCEPTION_TYPE = "exception.type";
  public static final String EXCEPTION_MESSAGE = "exception.message";

  public static final String SERVICE_NAME = "service.name";
  public static final String SERVICE_VERSION = "service.version";
  public static final String SERVICE_INSTANCE_ID = "service.instance.id";
  public static final String DEPLOYMENT_ENVIRONMENT = "deployment.environment.name";

  private SemConv() {}
}
