package dev.spoor.telemetry.redaction;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keys and tokens that providers make recognisable by a prefix. The facts are the providers' own
 * documentation and the rule sets of gitleaks, detect-secrets and trufflehog; lengths are a little
 * below the real ones, so that a truncated key is still one.
 */
final class TokenShapes {
  /** What may follow a prefix. */
  enum Alphabet {
    HEX,
    UPPER_OR_DIGIT,
    ALPHANUMERIC,
    /** Letters, digits, {@code -} and {@code _}. */
    URL_SAFE,
    /** URL-safe and {@code .}. */
    DOTTED,
    /** URL-safe, {@code .}, {@code +}, {@code /}, {@code =}. */
    BASE64,
    /** What a path has: BASE64 and {@code @}, {@code %}. */
    PATH;

    boolean has(char c) {
      if (c >= '0' && c <= '9') {
        return true;
      }
      return switch (this) {
        case HEX -> (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        case UPPER_OR_DIGIT -> c >= 'A' && c <= 'Z';
        case ALPHANUMERIC -> letter(c);
        case URL_SAFE -> letter(c) || c == '-' || c == '_';
        case DOTTED -> letter(c) || c == '-' || c == '_' || c == '.';
        case PATH -> c == '@' || c == '%' || BASE64.has(c);
        case BASE64 ->
            letter(c) || c == '-' || c == '_' || c == '.' || c == '+' || c == '/' || c == '=';
      };
    }

    private static boolean letter(char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }
  }

  /**
   * @param min how many characters of the alphabet must follow the prefix
   * @param max how many may follow; more make it something else
   */
  record Shape(String kind, String prefix, Alphabet alphabet, int min, int max) {}

  private static final List<Shape> SHAPES = new ArrayList<>();

  /** Shapes by the first two characters of their prefix, the longer prefix first. */
  private static final Shape[][] BY_PAIR = new Shape[1 << 14][];

  /** The sieve in front of all: bits of second characters (modulo 64) by the first. */
  private static final long[] SECOND = new long[128];

  private static void mark(char first, char second) {
    SECOND[first] |= 1L << second;
  }

  /** Whether a word that begins with these two characters may be a token. */
  static boolean mayStart(char first, char second) {
    return (SECOND[first] >>> second & 1) != 0;
  }

  private static void add(String kind, Alphabet alphabet, int min, String... prefixes) {
    for (String prefix : prefixes) {
      SHAPES.add(new Shape(kind, prefix, alphabet, min, Integer.MAX_VALUE));
    }
  }

  private static void exact(String kind, Alphabet alphabet, int length, String... prefixes) {
    for (String prefix : prefixes) {
      SHAPES.add(new Shape(kind, prefix, alphabet, length, length));
    }
  }

  static {
    // Our own. Names of meters begin so too; with 48 characters behind that, none does.
    add("spoor_key", Alphabet.URL_SAFE, 48, "spoor_");
    add("anthropic_key", Alphabet.URL_SAFE, 16, "sk-ant-");
    add(
        "openai_key",
        Alphabet.URL_SAFE,
        20,
        "sk-proj-",
        "sk-svcacct-",
        "sk-admin-",
        "sk-",
        "sess-");
    add("openrouter_key", Alphabet.URL_SAFE, 16, "sk-or-");
    add("langfuse_key", Alphabet.URL_SAFE, 16, "sk-lf-");
    add("github_token", Alphabet.ALPHANUMERIC, 20, "ghp_", "gho_", "ghu_", "ghs_", "ghr_");
    add("github_token", Alphabet.URL_SAFE, 20, "github_pat_");
    add(
        "gitlab_token",
        Alphabet.URL_SAFE,
        16,
        "glpat-",
        "gldt-",
        "glrt-",
        "glptt-",
        "glft-",
        "glsoat-",
        "glcbt-",
        "glimt-",
        "glagent-",
        "gloas-");
    add(
        "slack_token",
        Alphabet.URL_SAFE,
        10,
        "xoxb-",
        "xoxp-",
        "xoxa-",
        "xoxr-",
        "xoxs-",
        "xoxo-",
        "xoxc-",
        "xoxd-",
        "xoxe-",
        "xoxe.xoxp-",
        "xapp-");
    exact("aws_key", Alphabet.UPPER_OR_DIGIT, 16, "AKIA", "ASIA", "ABIA", "ACCA");
    add("google_key", Alphabet.URL_SAFE, 32, "AIza");
    add("google_token", Alphabet.DOTTED, 20, "ya29.");
    add("google_secret", Alphabet.URL_SAFE, 20, "GOCSPX-");
    add(
        "stripe_key",
        Alphabet.ALPHANUMERIC,
        10,
        "sk_live_",
        "sk_test_",
        "rk_live_",
        "rk_test_",
        "sk_prod_",
        "rk_prod_");
    add("stripe_webhook_secret", Alphabet.BASE64, 20, "whsec_");
    add("npm_token", Alphabet.ALPHANUMERIC, 30, "npm_");
    add("pypi_token", Alphabet.URL_SAFE, 30, "pypi-AgE", "pypi-");
    add("rubygems_token", Alphabet.HEX, 32, "rubygems_");
    add("clojars_token", Alphabet.ALPHANUMERIC, 40, "CLOJARS_");
    add("huggingface_token", Alphabet.ALPHANUMERIC, 24, "hf_", "api_org_");
    add("replicate_token", Alphabet.ALPHANUMERIC, 24, "r8_");
    add("groq_key", Alphabet.ALPHANUMERIC, 24, "gsk_");
    add("perplexity_key", Alphabet.ALPHANUMERIC, 24, "pplx-");
    add("xai_key", Alphabet.ALPHANUMERIC, 24, "xai-");
    add("nvidia_key", Alphabet.URL_SAFE, 32, "nvapi-");
    add("pinecone_key", Alphabet.URL_SAFE, 24, "pcsk_");
    add("langsmith_key", Alphabet.URL_SAFE, 24, "lsv2_pt_", "lsv2_sk_");
    add("tavily_key", Alphabet.URL_SAFE, 20, "tvly-");
    add("sendgrid_key", Alphabet.DOTTED, 32, "SG.");
    exact("twilio_key", Alphabet.HEX, 32, "SK");
    exact("mailgun_key", Alphabet.HEX, 32, "key-");
    add("brevo_key", Alphabet.URL_SAFE, 32, "xkeysib-", "xsmtpsib-");
    add("digitalocean_token", Alphabet.HEX, 32, "dop_v1_", "doo_v1_", "dor_v1_");
    add("heroku_key", Alphabet.URL_SAFE, 32, "HRKU-");
    exact("databricks_token", Alphabet.HEX, 32, "dapi");
    add("vault_token", Alphabet.URL_SAFE, 20, "hvs.", "hvb.", "hvr.");
    add(
        "doppler_token",
        Alphabet.DOTTED,
        20,
        "dp.pt.",
        "dp.st.",
        "dp.sa.",
        "dp.ct.",
        "dp.scim.",
        "dp.audit.");
    add("planetscale_token", Alphabet.DOTTED, 24, "pscale_tkn_", "pscale_pw_", "pscale_oauth_");
    add("shopify_token", Alphabet.HEX, 24, "shpat_", "shpca_", "shppa_", "shpss_");
    add("square_token", Alphabet.URL_SAFE, 20, "sq0atp-", "sq0csp-", "sq0idp-");
    add("linear_key", Alphabet.ALPHANUMERIC, 24, "lin_api_", "lin_oauth_");
    add("notion_token", Alphabet.ALPHANUMERIC, 32, "secret_", "ntn_");
    add("postman_key", Alphabet.URL_SAFE, 32, "PMAK-");
    add("newrelic_key", Alphabet.URL_SAFE, 20, "NRAK-", "NRJS-", "NRII-", "NRIQ-", "NRRA-");
    add("grafana_token", Alphabet.BASE64, 24, "glsa_", "glc_");
    add("sentry_token", Alphabet.BASE64, 32, "sntrys_", "sntryu_");
    add("figma_token", Alphabet.URL_SAFE, 32, "figd_");
    add("atlassian_token", Alphabet.BASE64, 24, "ATATT3", "ATCTT3", "ATBB");
    add("docker_token", Alphabet.URL_SAFE, 20, "dckr_pat_", "dckr_oat_");
    add("age_key", Alphabet.UPPER_OR_DIGIT, 40, "AGE-SECRET-KEY-1");
    exact("alibaba_key", Alphabet.ALPHANUMERIC, 20, "LTAI");
    add("dynatrace_token", Alphabet.DOTTED, 32, "dt0c01.", "dt0s01.");
    add("flutterwave_key", Alphabet.URL_SAFE, 12, "FLWSECK-", "FLWSECK_TEST-");
    add("infracost_key", Alphabet.ALPHANUMERIC, 24, "ico-");
    add("prefect_key", Alphabet.ALPHANUMERIC, 30, "pnu_", "pnb_");
    add("pulumi_token", Alphabet.HEX, 32, "pul-");
    add("readme_key", Alphabet.ALPHANUMERIC, 50, "rdme_");
    add("shippo_token", Alphabet.HEX, 32, "shippo_live_", "shippo_test_");
    add("supabase_key", Alphabet.URL_SAFE, 32, "sbp_", "sb_secret_");
    add("typeform_token", Alphabet.DOTTED, 40, "tfp_");
    add("easypost_key", Alphabet.ALPHANUMERIC, 40, "EZAK", "EZTK");
    add("frameio_token", Alphabet.URL_SAFE, 50, "fio-u-");
    add("adobe_secret", Alphabet.ALPHANUMERIC, 28, "p8e-");
    add("vercel_token", Alphabet.ALPHANUMERIC, 24, "vcp_", "vci_", "vca_", "vcr_");
    add("fly_token", Alphabet.BASE64, 32, "fm1_", "fm2_", "fo1_");
    add("airtable_token", Alphabet.DOTTED, 60, "pat");
    add("gitlab_token", Alphabet.URL_SAFE, 16, "glffct-", "glrtr-", "GR1348941");
    add("aws_bedrock_key", Alphabet.BASE64, 80, "ABSK");
    add(
        "aws_session_token",
        Alphabet.BASE64,
        80,
        "IQoJb3JpZ2luX2Vj",
        "FwoGZXIvYXdz",
        "FQoGZXIvYXdz");
    add("google_token", Alphabet.URL_SAFE, 30, "1//0");
    add("crates_token", Alphabet.ALPHANUMERIC, 32, "cio");
    add("nuget_key", Alphabet.ALPHANUMERIC, 40, "oy2");
    add("cerebras_key", Alphabet.ALPHANUMERIC, 40, "csk-");
    add("fireworks_key", Alphabet.ALPHANUMERIC, 20, "fw_");
    add("together_key", Alphabet.URL_SAFE, 32, "tgp_v1_");
    add("jina_key", Alphabet.URL_SAFE, 40, "jina_");
    add("firecrawl_key", Alphabet.HEX, 32, "fc-");
    add("e2b_key", Alphabet.HEX, 36, "e2b_");
    add("apify_token", Alphabet.ALPHANUMERIC, 30, "apify_api_");
    add("elevenlabs_key", Alphabet.HEX, 44, "sk_");
    add("resend_key", Alphabet.URL_SAFE, 30, "re_");
    add("neon_key", Alphabet.ALPHANUMERIC, 48, "napi_");
    add("sonar_token", Alphabet.HEX, 40, "sqp_", "squ_", "sqa_");
    add("sourcegraph_token", Alphabet.URL_SAFE, 36, "sgp_", "slk_", "sgd_");
    add("snyk_token", Alphabet.DOTTED, 32, "snyk_uat.", "snyk_sat.");
    add("netlify_token", Alphabet.ALPHANUMERIC, 32, "nfp_", "nfc_", "nfu_");
    add("hubspot_token", Alphabet.URL_SAFE, 32, "pat-na1-", "pat-na2-", "pat-eu1-");
    add("artifactory_key", Alphabet.ALPHANUMERIC, 60, "AKCp");
    add("artifactory_token", Alphabet.ALPHANUMERIC, 50, "cmVmdGtuOjAx");
    add("onepassword_token", Alphabet.BASE64, 100, "ops_eyJ");
    add("openshift_token", Alphabet.URL_SAFE, 40, "sha256~");
    exact("octopus_key", Alphabet.UPPER_OR_DIGIT, 26, "API-");
    add(
        "plaid_token",
        Alphabet.URL_SAFE,
        32,
        "access-sandbox-",
        "access-development-",
        "access-production-");
    add("settlemint_token", Alphabet.ALPHANUMERIC, 16, "sm_aat_", "sm_pat_", "sm_sat_");
    add("duffel_token", Alphabet.URL_SAFE, 32, "duffel_live_", "duffel_test_");
    add("tailscale_key", Alphabet.URL_SAFE, 20, "tskey-");
    add("buildkite_token", Alphabet.HEX, 40, "bkua_", "bkaj_");
    add("circleci_token", Alphabet.URL_SAFE, 40, "CCIPAT_", "CCIPRJ_");
    add("posthog_key", Alphabet.ALPHANUMERIC, 32, "phx_", "phc_");
    add("contentful_token", Alphabet.URL_SAFE, 40, "CFPAT-");
    add("dropbox_token", Alphabet.URL_SAFE, 100, "sl.", "sl.u.");
    add(
        "facebook_token",
        Alphabet.ALPHANUMERIC,
        60,
        "EAACEdEose0cBA",
        "EAAA",
        "EAAB",
        "EAAC",
        "EAAG",
        "EAAM");
    add("instagram_token", Alphabet.URL_SAFE, 60, "IGQV");
    add("razorpay_key", Alphabet.ALPHANUMERIC, 14, "rzp_live_", "rzp_test_");
    add("launchdarkly_key", Alphabet.URL_SAFE, 36, "sdk-", "mob-");
    add("scalingo_token", Alphabet.URL_SAFE, 40, "tk-us-");
    add("yandex_key", Alphabet.URL_SAFE, 34, "AQVN");
    add("cloudflare_key", Alphabet.URL_SAFE, 100, "v1.0-");
    add("harness_token", Alphabet.DOTTED, 60, "pat.", "sat.");
    add(
        "onfido_token",
        Alphabet.DOTTED,
        28,
        "api_live.",
        "api_sandbox.",
        "api_live_ca.",
        "api_live_us.");
    add("paddle_key", Alphabet.URL_SAFE, 30, "pdl_live_apikey_", "pdl_sdbx_apikey_");
    add("mws_key", Alphabet.URL_SAFE, 36, "amzn.mws.");
    add("trigger_key", Alphabet.ALPHANUMERIC, 20, "tr_dev_", "tr_prod_", "tr_pat_");
    add("ngrok_key", Alphabet.URL_SAFE, 30, "ak_2");
    add("zapier_webhook", Alphabet.BASE64, 12, "hooks.zapier.com/hooks/catch/");
    add("feishu_webhook", Alphabet.URL_SAFE, 20, "open.feishu.cn/open-apis/bot/v2/hook/");
    add("microsoft_teams_webhook", Alphabet.PATH, 20, "webhook.office.com/webhookb2/");
    add(
        "slack_webhook",
        Alphabet.BASE64,
        20,
        "hooks.slack.com/services/",
        "hooks.slack.com/workflows/");
    add(
        "discord_webhook",
        Alphabet.BASE64,
        30,
        "discord.com/api/webhooks/",
        "discordapp.com/api/webhooks/");

    SHAPES.sort((a, b) -> Integer.compare(b.prefix().length(), a.prefix().length()));
    for (Shape shape : SHAPES) {
      char first = shape.prefix().charAt(0);
      char second = shape.prefix().charAt(1);
      int pair = first << 7 | second;
      Shape[] some = BY_PAIR[pair];
      Shape[] more = some == null ? new Shape[1] : Arrays.copyOf(some, some.length + 1);
      more[more.length - 1] = shape;
      BY_PAIR[pair] = more;
      mark(first, second);
    }
    // Numbers, JWTs, schemes.
    for (char first = '0'; first <= '9'; first++) {
      for (char second = '0'; second <= '9'; second++) {
        mark(first, second);
      }
    }
    mark('e', 'y');
    for (char second : "aAeE".toCharArray()) {
      mark('b', second);
      mark('B', second);
    }
  }

  /** How far a run is looked at before it is accepted: bounds the cost of a prefix that is none. */
  private static final int MAX_PROOF = 64;

  private TokenShapes() {}

  static List<Shape> shapes() {
    return List.copyOf(SHAPES);
  }

  static Set<String> kinds() {
    return SHAPES.stream().map(Shape::kind).collect(Collectors.toSet());
  }

  static Shape @Nullable [] startingWith(char first, char second) {
    return second < 128 ? BY_PAIR[first << 7 | second] : null;
  }

  /**
   * End of the token around a mark in its middle, or -1: Azure's client secrets ({@code 8Q~}),
   * Terraform Cloud's tokens ({@code .atlasv1.}), Mailchimp's keys ({@code -us12}), Discord's three
   * parts.
   *
   * @param wordEnd of the run of letters and digits that begins at {@code start}
   */
  static int matchByMark(String text, int start, int wordEnd) {
    int size = wordEnd - start;
    int length = text.length();
    char mark = text.charAt(wordEnd);
    if (mark == '~' && size >= 5 && text.charAt(wordEnd - 1) == 'Q') {
      int end = run(text, wordEnd + 1, 48, true);
      return end - wordEnd > 30 ? end : -1;
    }
    if (mark == '.' && size >= 13 && size <= 15 && text.startsWith(".atlasv1.", wordEnd)) {
      int end = run(text, wordEnd + 9, 90, false);
      return end - wordEnd > 60 ? end : -1;
    }
    if (mark == '-' && size >= 31 && size <= 32 && text.startsWith("-us", wordEnd)) {
      int end = wordEnd + 3;
      while (end < length
          && end - wordEnd < 6
          && text.charAt(end) <= '9'
          && text.charAt(end) >= '0') {
        end++;
      }
      return end > wordEnd + 3 ? end : -1;
    }
    char first = text.charAt(start);
    if (mark == '.' && size >= 23 && size <= 28 && (first == 'M' || first == 'N' || first == 'O')) {
      int second = run(text, wordEnd + 1, 8, false);
      if (second - wordEnd - 1 == 6 && second < length && text.charAt(second) == '.') {
        int end = run(text, second + 1, 60, false);
        return end - second > 26 ? end : -1;
      }
    }
    return -1;
  }

  private static int run(String text, int start, int max, boolean dotted) {
    Alphabet alphabet = dotted ? Alphabet.DOTTED : Alphabet.URL_SAFE;
    int at = start;
    while (at < text.length()
        && at - start < max
        && (alphabet.has(text.charAt(at)) || (dotted && text.charAt(at) == '~'))) {
      at++;
    }
    while (at > start && text.charAt(at - 1) == '.') {
      at--;
    }
    return at;
  }

  /** End of the token of this shape that starts here, or -1. */
  static int match(Shape shape, Scan scan, int start) {
    String text = scan.text;
    String prefix = shape.prefix();
    if (!text.startsWith(prefix, start)) {
      return -1;
    }
    int length = text.length();
    int from = start + prefix.length();
    int proof = Math.min(length, from + Math.max(shape.min(), MAX_PROOF));
    boolean random = shape.alphabet() == Alphabet.HEX;
    int at = from;
    boolean dashed = shape.alphabet().compareTo(Alphabet.URL_SAFE) >= 0;
    if (dashed && from >= scan.wordsFrom && from < scan.wordsUntil) {
      // The look before went over these: no digit, no capital.
      at = Math.min(scan.wordsUntil, proof);
    }
    int looked = at;
    while (at < proof && shape.alphabet().has(text.charAt(at))) {
      char c = text.charAt(at++);
      random |= (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    }
    scan.work += at - looked;
    // Without a digit or capital it is words: sk-learn-contrib-something-long.
    if (!random && shape.alphabet() == Alphabet.URL_SAFE && at > scan.wordsUntil) {
      scan.wordsFrom = from;
      scan.wordsUntil = at;
    }
    if (at - from < shape.min() || !random) {
      return -1;
    }
    while (at < length && shape.alphabet().has(text.charAt(at))) {
      at++;
    }
    // A full stop ends a sentence, not a token.
    while (text.charAt(at - 1) == '.') {
      at--;
    }
    if (at - from > shape.max()) {
      return -1;
    }
    if (shape.max() != Integer.MAX_VALUE
        && at < length
        && Character.isLetterOrDigit(text.charAt(at))) {
      return -1;
    }
    return at;
  }
}
