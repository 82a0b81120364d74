/**
 * The same text with `***` where a URL in it has a password, be the URL well-formed or not. A password may itself hold an `@`, so
 * all up to the last one of a word counts.
 */
export function withoutPasswords(text: string): string {
  return text.replaceAll(IN_AUTHORITY, '$1***@').replaceAll(IN_QUERY, '$1***')
}

const IN_AUTHORITY = /([a-z][a-z0-9+.-]*:\/\/[^\s:@/?#'"]*:)[^\s'"]*@/gi
const IN_QUERY = /([?&](?:ssl)?pass(?:word)?=)[^\s&#'"]*/gi
