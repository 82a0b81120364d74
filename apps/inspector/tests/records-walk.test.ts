import { anything } from '@latchless/filesystem'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { memoryStore } from './records-store.ts'
import { seededRandom } from './seeded-random.ts'
import { openShell } from './tui-shell.ts'

const KEYS = [
  ...'jjjjkkkGgtsSDvvVmdyYSux|[]biB=+-><rlh'.split(''),
  "'",
  ' ',
  '<enter>',
  '<enter>',
  '<escape>',
  '<escape>',
  '<tab>',
  '<tab>',
  '<page-down>',
  '<page-up>',
  '<ctrl-d>',
  '<ctrl-u>',
  '1',
  '2',
  '/客<enter>',
  '/!kind:order<enter>',
  ':asof -1m<enter>',
  ':asof now<enter>',
  ':fold 9<enter>',
  ':offset 70000<enter>',
  ':ignore /a<enter>',
  ':diff v1 v2<enter>',
  'z',
]
const SIZES = [
  [60, 16],
  [89, 20],
  [90, 24],
  [133, 40],
  [200, 60],
] as const

// Every frame is checked by the shell of the tests: its lines, their cells and every byte that is no text.
test.each([1, 2, 3, 4])('no walk through records and versions breaks a line (seed %s)', async (seed) => {
  const { fs, put, remove } = await memoryStore()
  const evil = '\u001b]8;;x\u0007\u202e👩‍👩‍👧‍👦e\u0301\u0301客户\tend'
  for (let n = 0; n < 40; n++)
    await put(`/客户/${n % 7}/r${n}`, { a: n, [evil]: [evil, n], deep: { er: { still: [n, evil] } } })
  for (let n = 0; n < 12; n++)
    await put('/hot', n % 3 === 0 ? { n: 1 } : { n, lines: [evil.repeat(n)] }, { keepVersions: 5 })
  await put('/long', new TextEncoder().encode(`${evil.repeat(40)}\n`.repeat(120)))
  await put('/bytes', new Uint8Array(3000).fill(200))
  await put(`/${'d'.repeat(200)}/${'r'.repeat(200)}`, evil, { kind: 'a_rather_long_kind_of_record' })
  await fs.put('/none', { body: new Uint8Array(), contentType: 'text/plain' }, anything)
  await remove('/客户/3/r3')
  const random = seededRandom(seed)
  const shell = openShell({ store: fs, ascii: seed % 2 === 0, writable: true, columns: 100 })
  for (let step = 0; step < 200; step++) {
    shell.press(KEYS[random(KEYS.length)] ?? 'j')
    if (step % 3 === 0) await nextTurn()
    const [columns, rows] = SIZES[random(SIZES.length)] ?? [100, 30]
    if (step % 10 === 0) shell.resize(columns, rows)
  }
  expect(shell.exitCodes).toEqual([])
  shell.press('<escape><escape><escape>:list messages<enter>')
  expect(shell.text()).not.toContain('bug of the inspector')
})
