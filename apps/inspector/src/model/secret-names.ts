/**
 * Whether a member of this name holds a secret when its value is a text. The name has to end with the word for it, so that
 * `tokens`, `maxTokens`, `tokenCount` and `secretary` are none; however words are set apart: `apiKey`, `api_key`, `X-API-Key`.
 */
export function isSecretName(name: string): boolean {
  const letters = name
    .slice(-NAME_UNITS_MAX)
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase()
  return SECRET.test(letters) && !HARMLESS.test(letters)
}

/** Whether a member of a value with a secret name holds its bytes, as in `{"type": "Buffer", "data": […]}`. */
export function isContentName(name: string): boolean {
  return ['b64', 'base64', 'data', 'value'].includes(name)
}

/** What matters is how a name ends. */
const NAME_UNITS_MAX = 200

const KEYS = 'api|private|secret|access|encryption|signing|master|shared|account|auth'
const WORDS = `password|passwd|pwd|passphrase|passcode|secret|token|credentials?|authorization|cookie|(?:${KEYS})key`
const ENDINGS = 'value|text|plaintext|header|hash|encrypted|base64|b64|hex|pem|old|new|current|previous'

const SECRET = new RegExp(`(?:${WORDS})(?:${ENDINGS})?\\d*$`)
/** Where a list goes on, or which writer came last: no secret lets anybody in with these. */
const HARMLESS = /(?:page|continuation|sync|resume|fence|fencing|version)token$/
