/**
 * The same text with `***` where a URL in it has a password, be the URL well-formed or not. A password may itself hold an `@` or a
 * quote, so all up to the last `@` of a word counts. A space ends a word; the URLs that are known are found whatever is in them,
 * and so are their passwords alone.
 */
export function withoutPasswords(text: string, ...urls: readonly string[]): string {
  const [url, ...others] = urls.filter((known) => MAY_HAVE_PASSWORD.test(known))
  if (url === undefined) return withoutMarked(text)
  const shown = urlWithoutPassword(url)
  const quoted = JSON.stringify(url).slice(1, -1)
  const passwords = passwordsOf(url)
  // The URL is looked for first, so that none of its parts is taken for something else.
  return text
    .split(url)
    .flatMap((part) => part.split(quoted))
    .map((part) => withoutPasswords(withoutWords(part, passwords, shown), ...others))
    .join(shown)
}

/** A whole URL with `***` for its password, wherever in it one can be given. */
export function urlWithoutPassword(url: string): string {
  if (!MAY_HAVE_PASSWORD.test(url)) return url
  const bare = url.replace(WHOLE_AUTHORITY, '$1***@')
  return bare.replaceAll(PARAMETER, (parameter, start: string, name: string) =>
    isPasswordName(name) ? `${start}${name}=***` : parameter,
  )
}

// The others name a path, in which anything may stand.
const MAY_HAVE_PASSWORD = /^(?!(?:file|sqlite|plain|memory):)[a-z][a-z0-9+.-]*:/i
const WHOLE_AUTHORITY = /^([^:]*:\/*[^:@/?#]*:)(.*)@/s
const IN_AUTHORITY = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*:)\S*@/gi
const PARAMETER = /([?&])([^=&#]*)=([^&#]*)/g
// A quote is part of it unless the word ends there.
const IN_QUERY = /([?&])([^\s=&#'"]*)=((?:[^\s&#'"]|['"](?=[^\s,:;.)\]}]))*)/g

/** Shorter ones are words of every message. */
const PASSWORD_UNITS_MIN = 4

function withoutMarked(text: string): string {
  return text
    .replaceAll(IN_AUTHORITY, '$1***@')
    .replaceAll(IN_QUERY, (parameter, start: string, name: string) =>
      isPasswordName(name) ? `${start}${name}=***` : parameter,
    )
}

// What the URL shows anyway is no secret: somebody whose password is `postgres` still has to read messages.
function withoutWords(text: string, words: readonly string[], shown: string): string {
  const secret = words.filter((word) => word.length >= PASSWORD_UNITS_MIN && !shown.includes(word))
  return secret.reduce((rest, word) => rest.replaceAll(word, '***'), text)
}

/** The passwords of a URL, as they stand there and as they are meant. */
function passwordsOf(url: string): string[] {
  const [, , inAuthority = ''] = WHOLE_AUTHORITY.exec(url) ?? []
  const inQuery = [...url.matchAll(PARAMETER)].flatMap(([, , name = '', value = '']) =>
    isPasswordName(name) ? [value] : [],
  )
  return [inAuthority, ...inQuery].flatMap((password) => [password, decoded(password)])
}

function isPasswordName(name: string): boolean {
  return /^(?:ssl)?pass(?:word)?$/i.test(decoded(name))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
