import { SECRET_MARK } from './secret-marks.ts'

/** What can stand in a credential. One is hidden to the last of them, so that no end of it stays. */
const RUN = String.raw`[\w.~+/=-]*`

// Behind an escaped newline begins a word too, in JSON that is read as text.
const NEW_WORD = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))`
const NEW_RUN = String.raw`(?:(?<![\w-])|(?<=\\[nrt]))`

/** How credentials begin, as their makers document it, and how many characters are behind that at the least. */
const PREFIXES = [
  // AWS, "Unique identifiers" of IAM: access keys, temporary ones too.
  '(?:AKIA|ASIA)[A-Z0-9]{16}',
  // GitHub, "About authentication": personal, OAuth, user-to-server, server-to-server, refresh, fine-grained.
  'gh[pousr]_[A-Za-z0-9]{20}',
  String.raw`github_pat_\w{20}`,
  // GitLab, "Token prefixes": personal, deploy, runner, job, trigger, feed, mail, agent, OAuth, SCIM, feature flags.
  String.raw`gl(?:pat|dt|rt|rtr|cbt|ptt|ft|imt|agent|oas|soat|ffct)-[\w-]{16}`,
  // Slack, "Token types"; the path of an incoming webhook is its credential.
  'xox[a-z](?:[.-][A-Za-z0-9-]{2})?-[A-Za-z0-9-]{10}',
  'xapp-[A-Za-z0-9-]{10}',
  String.raw`hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]`,
  // npm, "About access tokens".
  'npm_[A-Za-z0-9]{30}',
  // PyPI, "API tokens".
  'pypi-[A-Za-z0-9]{16}',
  // Google Cloud, "API keys"; OAuth client secrets, and the access tokens of Google's OAuth server.
  String.raw`AIza[\w-]{30}`,
  String.raw`GOCSPX-[\w-]{20}`,
  String.raw`ya29\.[\w-]{20}`,
  // Stripe, "API keys": secret and restricted ones; "Webhooks": signing secrets.
  '(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10}',
  'whsec_[A-Za-z0-9+/=]{16}',
  // Anthropic, OpenAI and OpenRouter, each in their "API keys"; OpenAI's older keys are letters and digits only.
  String.raw`sk-(?:ant|proj|svcacct|admin|or)-[\w-]{16}`,
  'sk-[A-Za-z0-9]{20}',
  // Hugging Face, "User access tokens".
  'hf_[A-Za-z0-9]{30}',
  // SendGrid, "API keys".
  String.raw`SG\.[\w-]{16}\.[\w-]{16}`,
  // DigitalOcean, "Token prefixes".
  'do[opr]_v1_[a-f0-9]{32}',
  // HashiCorp Vault, "Token prefixes": service, batch, recovery.
  String.raw`hv[sbr]\.[\w-]{20}`,
  // Shopify, "Access token prefixes".
  'shp(?:at|ca|pa|ss|ua)_[a-fA-F0-9]{32}',
  // Docker, "Personal access tokens".
  String.raw`dckr_pat_[\w-]{20}`,
]

/** RFC 7468, OpenSSH and RFC 9580. One that does not end hides all behind it. */
const PRIVATE_KEY = String.raw`-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)`

/** RFC 7519: parts of base64, the first of which is that of `{"…`. */
const JSON_WEB_TOKEN = String.raw`eyJ[\w-]{8,}(?:\.[\w-]*){2,4}`

// "Basic authentication" and "bearer tokens" are prose.
const PROSE = String.raw`(?![A-Za-z]?[a-z]{0,14}[.,;:!?)'"\\]{0,3}(?:\s|$))`
/** RFC 6750 and RFC 7617. */
const SCHEME = String.raw`(?<scheme>(?:[Bb]earer|BEARER)[ \t]{1,8}(?=[\w.~+/=-])|(?:[Bb]asic|BASIC)[ \t]{1,8}(?=[A-Za-z0-9+/]{8}))${PROSE}`

/**
 * Secrets by their form; `scheme` is what may be shown. Each alternative is either of a bounded length until it is certain, or goes
 * on only from where a run begins, so the time it takes grows with the text and no faster.
 */
export const SECRET_FORMS = new RegExp(
  [
    SECRET_MARK,
    PRIVATE_KEY,
    `${NEW_RUN}${JSON_WEB_TOKEN}`,
    `${NEW_WORD}${SCHEME}${RUN}`,
    `${NEW_WORD}(?:${PREFIXES.join('|')})${RUN}`,
  ].join('|'),
  'g',
)
