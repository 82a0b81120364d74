import { Buffer } from 'node:buffer'
import { isSecretName, redact, SecretMarks } from '@latchless/inspector'
import { describe, expect, test } from 'vitest'

function shownOf(body: string | Uint8Array, pointers: readonly string[] = [], marks = new SecretMarks()): string {
  return Buffer.from(redact(typeof body === 'string' ? Buffer.from(body) : body, pointers, marks).body).toString()
}

// Put together here, so that nobody who looks for secrets in this repository finds one.
const of = (...parts: readonly string[]) => parts.join('')
const LETTERS = 'abcdefghijABCDEFGHIJ0123456789abcdefghij'
const JWT = of('eyJ', 'hbGciOiJIUzI1NiJ9', '.', 'eyJ', 'zdWIiOiIxIn0', '.', 'dozjgNryP4J3jVm')

const CREDENTIALS: Record<string, string> = {
  'a JSON Web Token': JWT,
  'an encrypted one': of('eyJ', 'hbGciOiJkaXIifQ', '..', 'aXY', '.', 'Y2lwaGVy', '.', 'dGFn'),
  'an AWS access key id': of('AKIA', 'IOSFODNN7EXAMPLE'),
  'a GitHub token': of('ghp_', LETTERS),
  'a fine-grained GitHub token': of('github_pat_', LETTERS),
  'a GitLab token': of('glpat-', LETTERS),
  'a routable GitLab token': of('glpat-', LETTERS, '.01.', 'abcdefghi'),
  'a Slack token': of('xoxb-', '1234567890-', LETTERS),
  'a Slack webhook': of('hooks.slack.com/', 'services/T0/B0/', LETTERS),
  'an npm token': of('npm_', LETTERS.slice(0, 36)),
  'a Google API key': of('AIza', LETTERS.slice(0, 35)),
  'a Stripe key': of('sk_', 'live_', LETTERS),
  'an Anthropic key': of('sk-', 'ant-api03-', LETTERS),
  'an OpenAI key': of('sk-', LETTERS),
  'an OpenAI project key': of('sk-', 'proj-', LETTERS),
  'a private key': of('-----BEGIN ', 'RSA PRIVATE KEY-----\n', LETTERS, '\n-----END ', 'RSA PRIVATE KEY-----'),
  'a private key that does not end': of('-----BEGIN ', 'PRIVATE KEY-----\n', LETTERS, '\n', LETTERS),
}

const SECRET_NAMES =
  'password Password PASSWORD dbPassword DB_PASSWORD db-password passwd pwd passphrase secret clientSecret client_secret ' +
  'token accessToken access_token accesstoken idToken2 apiKey api_key apikey X-API-Key APIKey privateKey secretAccessKey ' +
  'credential credentials authorization Authorization proxy-authorization cookie Set-Cookie passwordHash passwordOld ' +
  'privateKeyPem authorizationHeader'
const OTHER_NAMES =
  'tokens maxTokens max_tokens tokenCount tokenType inputTokens secretary secretName passwordUpdatedAt passwordless ' +
  'cookieDomain key publicKey keys monkey author authorized nextPageToken fencingToken accessKeyId bypass pass 密码'

/** Repeated, so that a pattern that begins everywhere and ends nowhere has to be told by the time it takes. */
const HOSTILE = [
  '-eyJ',
  'eyJ',
  'eyJaaaaaaaa.',
  'sk-',
  'ghp_',
  '://a:',
  '://:',
  '://a:@',
  '"',
  '\\"',
  '"a":"',
  '"password":"',
  '-----BEGIN ',
  '-----BEGIN PRIVATE KEY-----',
  'Bearer ',
  'a',
  '@',
  '\\nsk-',
  '[',
  '{"a":',
  '(not shown',
  '[1,',
  'password=',
  "password='",
  "password='\\",
  'token=\\"',
  'token: ',
  '?sig=',
  'a-',
  'a=',
  ' ',
]

describe('a name', () => {
  test.each([...SECRET_NAMES.split(' '), 'private key'])('%s is that of a secret', (name) => {
    expect(isSecretName(name)).toBe(true)
    expect(shownOf(JSON.stringify({ [name]: 'hush' }))).toBe(JSON.stringify({ [name]: '(not shown)' }))
  })

  test.each([...OTHER_NAMES.split(' '), ''])('%j is not that of a secret', (name) => {
    expect(isSecretName(name)).toBe(false)
  })

  test('hides texts and bytes, and never numbers, booleans, null or what is empty', () => {
    const open = '{"password":1,"token":true,"secret":null,"cookie":"","apiKey":{},"credentials":[],"pwd":[256,1]}'
    expect(shownOf(open)).toBe(open)
    const hidden = ['["hush","hush"]', '[104, 117,\n115, 104]', '{"type":"Buffer","data":[104,117]}', '{"b64":"hush"}']
    for (const value of hidden) {
      const shown = shownOf(`{"secret":${value},"id":7}`)
      expect(shown).toContain('(not shown)')
      expect(shown).not.toMatch(/hush|104/)
      expect(JSON.parse(shown)).toMatchObject({ id: 7 })
    }
  })

  test('is read as it is meant, however it is spelled', () => {
    expect(shownOf(String.raw`{"pass\u0077ord":"hu\u0073h"}`)).toBe(String.raw`{"pass\u0077ord":"(not shown)"}`)
  })

  test('counts in JSON that no parsing keeps, that is cut, and that is a text in JSON', () => {
    for (const body of [
      '{"id":12345678901234567890,"password":"hush"}',
      '{"a":1,"a":2,"password":"hush"}',
      '{"n":1}\n{"password" : "hush"}\n',
      String.raw`{"password":"hu\"sh","more`,
      '{"password":"hush',
      JSON.stringify({ log: JSON.stringify({ password: 'hush' }) }),
    ]) {
      expect(shownOf(body), body).toMatch(/not shown/)
      expect(shownOf(body), body).not.toMatch(/hu|sh"/)
    }
  })
})

describe('a text', () => {
  test.each(Object.entries(CREDENTIALS))('with %s in it is shown without that', (_name, credential) => {
    for (const [before, after] of [
      ['', ''],
      ['key=', ''],
      ['see "', ''],
      ['line\n', ''],
      ['line\\n', ''],
    ] as const) {
      expect(shownOf(before + credential + after)).toBe(`${before}(not shown)${after}`)
    }
    expect(JSON.parse(shownOf(JSON.stringify({ note: `it is ${credential}`, n: 1 })))).toEqual({
      note: 'it is (not shown)',
      n: 1,
    })
    expect(shownOf(JSON.stringify({ [credential]: 1 }))).toBe('{"(not shown)":1}')
  })

  test.each([
    ['sent Bearer s3cr3t.tok', 'sent Bearer (not shown)'],
    ['sent bearer abcdefghijklmnopqrst, ok', 'sent bearer (not shown), ok'],
    ['Basic dXNlcjpwYXNz', 'Basic (not shown)'],
    ['postgres://app:hush@db/records', 'postgres://app:(not shown)@db/records'],
    ['redis://:hu@sh@db:6379 next@x', 'redis://:(not shown)@db:6379 next@x'],
    ['amqp://app:hu/sh#1@db', 'amqp://app:(not shown)@db'],
    ['{"url":"amqp://a:hush@db","to":"me@x"', '{"url":"amqp://a:(not shown)@db","to":"me@x"'],
    [`https://${CREDENTIALS['a GitHub token']}:x-oauth@host/`, 'https://(not shown):(not shown, no. 2)@host/'],
    [`Bearer ${JWT}; Bearer ${JWT}`, 'Bearer (not shown); Bearer (not shown)'],
  ])('%j is shown as %j', (text, shown) => {
    expect(shownOf(text)).toBe(shown)
  })

  test.each([
    'Basic authentication and bearer tokens. Bearer Token',
    'http://localhost:4873/@scope/package and https://host/a@b',
    'the task-runner-for-everybody-and-more, disk-abcdefghijklmnopqrstuvwx',
    'eyJhbGciOiJIUzI1NiJ9 is no token by itself, nor is www.example.com.eu',
    'npm_config_registry AKIA ghp_ sk- xoxb-',
    '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----',
    '/orders/0123456789abcdef0123456789abcdef',
  ])('%j has none', (text) => {
    expect(shownOf(text)).toBe(text)
    expect(shownOf(JSON.stringify({ text }))).toBe(JSON.stringify({ text }))
  })

  test('that is not UTF-8 is hidden as a whole, for no part of it can be told apart', () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0]), Buffer.from(JWT)])
    expect(shownOf(bytes)).toBe('(not shown)')
    const open = Buffer.from([0xff, 0, 1])
    expect(redact(open, [])).toEqual({ body: open, hidden: 0 })
  })
})

describe('what is hidden', () => {
  test('leaves everything else as it was written', () => {
    const body = '{ "n" : 1.0,\n\t"password" : "hush", "s":"\\u0041" }\n'
    expect(shownOf(body)).toBe(body.replace('hush', '(not shown)'))
    const open = Buffer.from('{"n":1}')
    expect(redact(open, []).body).toBe(open)
  })

  test('by a pointer is whatever stands there', () => {
    const body = '{"a":[{"m":{"x":["]"]}},{"m":"x"},{"m":7}],"m":true,"b":{"m":1}}'
    expect(JSON.parse(shownOf(body, ['/a/*/m', '/m', '/absent']))).toEqual({
      a: [{ m: '(not shown)' }, { m: '(not shown, no. 2)' }, { m: '(not shown, no. 3)' }],
      m: '(not shown, no. 4)',
      b: { m: 1 },
    })
    expect(shownOf(body, [''])).toBe('"(not shown)"')
    expect(shownOf('no JSON', ['/m'])).toBe('(not shown)')
  })

  test('has the same mark where it is the same, and another where it is another', () => {
    const marks = new SecretMarks()
    const first = shownOf('{"password":"a"}', [], marks)
    expect(shownOf('{"password":"a"}', [], marks)).toBe(first)
    expect(shownOf('{"password":"b"}', [], marks)).not.toBe(first)
  })

  test('cannot be told to be the same by a text that is stored like a mark', () => {
    const marks = new SecretMarks()
    const bodies = ['{"password":"a"}', '{"password":"(not shown)"}', '{"password":"(not shown, no. 2)"}']
    expect(new Set(bodies.map((body) => shownOf(body, [], marks))).size).toBe(3)
    const texts = [JWT, '(not shown, no. 4)', '(not shown)']
    expect(new Set(texts.map((text) => shownOf(text, [], marks))).size).toBe(3)
  })

  // Time that grew with the square of the text would be hours here.
  test.each(HOSTILE)('is found in five megabytes of %j', (unit) => {
    const text = unit.repeat(Math.ceil((5 * 1024 * 1024) / unit.length))
    expect(redact(Buffer.from(text), []).hidden).toBeGreaterThanOrEqual(0)
    expect(redact(Buffer.from(JSON.stringify(text.slice(0, 1024 * 1024))), []).hidden).toBeGreaterThanOrEqual(0)
  })
})
