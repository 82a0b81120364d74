import { Buffer } from 'node:buffer'
import { redact } from '@latchless/inspector'
import { expect, test } from 'vitest'

const shownOf = (body: string) => Buffer.from(redact(Buffer.from(body), []).body).toString()

test.each([
  ['DB_PASSWORD=hush # mine\nPORT=8080', 'DB_PASSWORD=(not shown)\nPORT=8080'],
  ['export API_KEY="hush hush" # mine', 'export API_KEY="(not shown)" # mine'],
  ['# TOKEN=hush\r\nUSER=me', '# TOKEN=(not shown)\r\nUSER=me'],
  ['db.password = correct horse', 'db.password = (not shown)'],
  ['passwordHash=$2b$10$abc', 'passwordHash=(not shown)'],
])('a secret in the settings %j is shown as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
  expect(shownOf(JSON.stringify({ text }))).toBe(JSON.stringify({ text: shown }))
})

test.each([
  ['db:\n  password: correct horse\n  user: me', 'db:\n  password: (not shown)\n  user: me'],
  ["- api_key: 'it''s'\n", "- api_key: '(not shown)'\n"],
  ['  token: hush\nsecret: true', '  token: (not shown)\nsecret: true'],
])('a secret in the YAML %j is shown as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test.each([
  ['INFO password: hunter2, token=hush; next', 'INFO password: (not shown), token=(not shown, no. 2); next'],
  ['Password: swordfish\nok', 'Password: (not shown)\nok'],
  ['Cookie: a=b; sid=hush\nHost: h', 'Cookie: (not shown)\nHost: h'],
  ['Authorization: Digest a="hush"', 'Authorization: (not shown)'],
  ['psql --password=hush db', 'psql --password=(not shown) db'],
  ['the API key: abc12345', 'the API key: (not shown)'],
  ["{'password': 'hush', 'n': 1}", "{'password': '(not shown)', 'n': 1}"],
  [String.raw`m="{\"password\":\"hush\",\"n\":1}"`, String.raw`m="{\"password\":\"(not shown)\",\"n\":1}"`],
  [String.raw`m="{\"password\":\"hu\\\"sh\"}"`, String.raw`m="{\"password\":\"(not shown)\"}"`],
  ['{"log":"token=hush","n":1', '{"log":"token=(not shown)","n":1'],
])('a secret in the log %j is shown as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test.each([
  ['https://h/p?a=1&access_token=hush&b=2', 'https://h/p?a=1&access_token=(not shown)&b=2'],
  ['<https://h/#id_token=hush>', '<https://h/#id_token=(not shown)>'],
  ['https://h/b?sv=1&sig=hush%3D', 'https://h/b?sv=1&sig=(not shown)'],
  ['https://h/b?X-Amz-Signature=abc&n=1', 'https://h/b?X-Amz-Signature=(not shown)&n=1'],
  ['grant_type=code&client_secret=hush&n=1', 'grant_type=code&client_secret=(not shown)&n=1'],
])('a secret in the parameters %j is shown as %j', (text, shown) => {
  expect(shownOf(text)).toBe(shown)
})

test.each([
  'tokens: 500, max_tokens=4, author: me, monkey=banana, passport: X1234567, page_token=abc, cursor: eyJ',
  'The password: it must be long. Password: I forgot it',
  'unexpected token: } and token: 12',
  'if (token === x || token == y) token => z, token := w',
  'const token = next\ntoken = lexer.next()\nsecret: readFile(name)',
  'token: string;\npassword: null,\nsecret=undefined',
  'PASSWORD=$DB_PASSWORD\nTOKEN=${TOKEN}',
  'password: |\nsecret: {\n',
  'password=\ntoken:\nPORT=80',
  'signature: abc, sig=abc',
])('%j has none', (text) => {
  expect(shownOf(text)).toBe(text)
  expect(shownOf(JSON.stringify({ text }))).toBe(JSON.stringify({ text }))
})

test('a value whose name stands beside it in JSON is hidden by that', () => {
  const body = [
    { name: 'DB_PASSWORD', value: 'hush' },
    { key: 'Authorization', value: 'hush', note: 'open' },
    { name: 'PORT', value: '80' },
  ]
  const shown = shownOf(JSON.stringify(body))
  expect(shown).not.toContain('hush')
  expect(JSON.parse(shown)).toMatchObject([{ name: 'DB_PASSWORD' }, { note: 'open' }, { name: 'PORT', value: '80' }])
})
