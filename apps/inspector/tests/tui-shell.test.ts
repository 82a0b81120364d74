import { MemoryFilesystem } from '@latchless/filesystem'
import { type Action, InspectorError } from '@latchless/inspector'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { fakeScreens } from './fake-screen.ts'
import { type OpenShell, openShell, type ShellOptions } from './tui-shell.ts'

async function shellOfFakes(options: Partial<ShellOptions> = {}) {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  const { make, made } = fakeScreens()
  const shell = openShell({ store, make, ...options })
  return { shell, made, current: () => made.at(-1)! }
}

const head = (shell: OpenShell) => shell.lines().slice(0, 2).join('\n')
const last = (shell: OpenShell) => shell.lines().at(-1)

test('the frame says where one is, that nothing is written, and what the keys do', async () => {
  const { shell } = await shellOfFakes()
  expect(head(shell)).toContain('inspector  memory: ▸ records')
  expect(head(shell)).toContain('READ-ONLY')
  expect(head(shell)).toContain('[1]Records  2 History  3 Replay  4 Contention  5 Doctor')
  expect(shell.text()).toContain('j/k move  : command  q quit  ? help')
  expect(last(shell)).toContain('row 1')
})

test('digits and tab lead to the tabs, and each tab is as it was left', async () => {
  const { shell, made } = await shellOfFakes()
  shell.press('jj4')
  expect(head(shell)).toContain('[4]Contention')
  shell.press('<tab>')
  expect(head(shell)).toContain('[5]Doctor')
  shell.press('<tab>')
  expect(head(shell)).toContain('[1]Records')
  expect(last(shell)).toContain('row 3')
  shell.press('<shift-tab>')
  expect(head(shell)).toContain('[5]Doctor')
  expect(made.map(({ crumbs }) => crumbs[0])).toEqual(['records', 'contention', 'doctor'])
  expect(made[0]?.happened).toEqual(['shown', 'hidden', 'shown', 'hidden'])
})

test('back and forward lead along the way one came, and back never quits', async () => {
  const { shell } = await shellOfFakes()
  shell.press('2')
  shell.press('3h')
  expect(head(shell)).toContain('[2]History')
  shell.press('<escape><escape><escape>')
  expect(head(shell)).toContain('[1]Records')
  shell.press('ll')
  expect(head(shell)).toContain('[3]Replay')
  expect(shell.exitCodes).toEqual([])
})

test('a screen that is opened from another is hidden when one goes back', async () => {
  const { shell, made, current } = await shellOfFakes()
  current().host.open({ to: 'history', path: '/turns/t1' })
  expect(head(shell)).toContain('[2]History')
  shell.press('h')
  expect(made.map(({ happened }) => happened.at(-1))).toEqual(['shown', 'hidden'])
})

test('q quits with 0 and ctrl-c with 130, from anywhere', async () => {
  const { shell, current } = await shellOfFakes()
  shell.press('q')
  current().host.ask({ label: '/', answer: () => {} })
  shell.press('q<ctrl-c>')
  expect(shell.exitCodes).toEqual([0, 130])
  expect(last(shell)).toBe('/ q')
})

test('the palette finds an action by its words, its synonyms and its key, and does it', async () => {
  const { shell } = await shellOfFakes()
  shell.press(':zoom')
  expect(shell.text()).toContain('fill the whole terminal with the pane')
  shell.press('<enter>')
  expect(shell.lines()[0]).toContain('line 1')
  shell.press('<escape>')
  expect(head(shell)).toContain('[1]Records')
  shell.press(':go to doctor<enter>')
  expect(head(shell)).toContain('[5]Doctor')
})

test('the palette hands the words behind a command to it, completes it, and shows what it refuses', async () => {
  const { shell, current } = await shellOfFakes()
  const taken: string[] = []
  const command = {
    word: 'goto',
    argument: 'TIME',
    take: (argument: string) => {
      if (argument === 'never') throw new RangeError('Cannot go to "never": expected a time as 1.5s')
      taken.push(argument)
    },
  }
  current().extra.push({ name: 'go to a time', keys: [], command, run: () => {} })
  shell.press(':goto 1.5s<enter>')
  shell.press(':got<tab>v418 x<enter>')
  expect(taken).toEqual(['1.5s', 'v418 x'])
  shell.press(':goto never<enter>')
  expect(last(shell)).toContain('Cannot go to "never": expected a time as 1.5s')
})

test('what cannot be done now is listed, and refuses with the reason', async () => {
  const { shell, current } = await shellOfFakes()
  const done: string[] = []
  const action: Action = {
    name: 'delete the record',
    keys: ['x'],
    hint: 'delete',
    unavailable: 'it needs --write',
    run: () => done.push('x'),
  }
  current().extra.push(action)
  shell.press('x')
  expect(last(shell)).toContain('Cannot delete the record: it needs --write')
  expect(shell.text()).not.toContain('x delete')
  shell.press(':delete<enter>')
  expect(shell.text()).toContain('it needs --write')
  expect(done).toEqual([])
})

test('the help lists every key of the screen and of the frame, and narrows to what is typed', async () => {
  const { shell } = await shellOfFakes({ rows: 40 })
  shell.press('?')
  expect(shell.text()).toContain('What the keys do here')
  expect(shell.text()).toMatch(/j\/k\/down\/up.*move/)
  expect(shell.text()).toMatch(/\^z +suspend/)
  expect(shell.text()).toContain('the same from a shell: inspector ls /records')
  shell.press('suspend')
  expect(shell.text()).not.toContain('quit  ')
  shell.press('<enter>')
  expect(shell.suspended).toBe(1)
})

test('keys in a text box are typed and not obeyed', async () => {
  const { shell, current } = await shellOfFakes()
  const answers: string[] = []
  current().host.ask({ label: 'goto', answer: (text) => answers.push(text) })
  shell.press('q1j:?日<enter>')
  expect(answers).toEqual(['q1j:?日'])
  expect(shell.exitCodes).toEqual([])
  expect(head(shell)).toContain('[1]Records')
})

test('a question keeps what it refuses, recalls what was answered before, and completes', async () => {
  const { shell, current } = await shellOfFakes()
  const changes: string[] = []
  current().host.ask({
    label: 'goto',
    earlier: ['1s', '2s'],
    completions: (text) => [`${text}00ms`],
    changed: (text) => changes.push(text),
    answer: (text) => {
      if (text === 'x') throw new RangeError('Cannot go to "x": expected a time')
    },
  })
  shell.press('x<enter>')
  expect(last(shell)).toBe('goto x  Cannot go to "x": expected a time')
  shell.press('<up><up>')
  expect(last(shell)).toBe('goto 1s')
  shell.press('<down><down><down>5<tab>')
  expect(last(shell)).toBe('goto 500ms')
  expect(changes.at(-1)).toBe('500ms')
  expect(shell.shell.cursor).toEqual({ column: 10, row: 29 })
  shell.press('<enter>')
  expect(last(shell)).toContain('row 1')
})

test('a long answer shows the part with the cursor, within the frame', async () => {
  const { shell, current } = await shellOfFakes({ columns: 60, rows: 16 })
  current().host.ask({ label: '/', answer: () => {} })
  shell.paste('日本'.repeat(100))
  expect(shell.shell.cursor).toEqual({ column: 59, row: 15 })
  shell.press('<home>')
  expect(shell.shell.cursor).toEqual({ column: 2, row: 15 })
})

test('pasted text is never obeyed, and is one line where it is typed', async () => {
  const { shell, current, made } = await shellOfFakes()
  shell.paste('q\njjj\u0003')
  expect(shell.exitCodes).toEqual([])
  expect(made[0]?.at).toBe(0)
  current().host.ask({ label: '/', answer: () => {} })
  shell.paste('two\nlines\u001b]52;c;aGk=\u0007')
  expect(last(shell)).toBe('/ two lines\\x1b]52;c;aGk=\\x07')
})

test('a remark goes after three seconds, an error stays until it is dismissed, and both are kept', async () => {
  const { shell, current } = await shellOfFakes({ columns: 160 })
  current().host.say('copied path')
  expect(last(shell)).toContain('copied path')
  shell.pass(3000)
  expect(last(shell)).not.toContain('copied path')
  current().host.fail(new InspectorError('refused', 'Cannot read "/a": it is damaged', 'read it with --hex'))
  shell.pass(60_000)
  expect(last(shell)).toContain('Cannot read "/a": it is damaged (read it with --hex)')
  shell.press('<escape>')
  expect(last(shell)).not.toContain('damaged')
  shell.press(':list messages<enter>')
  expect(shell.text()).toContain('copied path')
  expect(shell.text()).toContain('Cannot read "/a"')
})

test('no message holds the password of the store', async () => {
  const storeUrl = 'postgres://app:hunt er2@db/r'
  const { shell, current } = await shellOfFakes({ columns: 160, storeUrl })
  current().host.fail(new InspectorError('refused', `Cannot ask "${storeUrl}"`, 'hunt er2 is wrong'))
  expect(last(shell)).toContain('Cannot ask "postgres://app:***@db/r" (*** is wrong)')
})

test('work in the background that fails is told, and not once the inspector has ended', async () => {
  const { shell, current } = await shellOfFakes()
  current().host.run(() => Promise.reject(new InspectorError('refused', 'Cannot read "/a": no')))
  await shell.shows('Cannot read "/a": no')
  shell.press('<escape>')
  let refuse = (_error: Error): void => {}
  current().host.run(() => new Promise((_resolve, reject) => (refuse = reject)))
  shell.shell.close()
  refuse(new InspectorError('refused', 'Cannot read "/b": no'))
  await Promise.resolve()
  expect(shell.text()).not.toContain('/b')
})

test('the log of calls says what was asked of the store, how long it took and how it failed', async () => {
  const { shell, current } = await shellOfFakes()
  const { store } = current().host
  await store.get('/turns/t1')
  await store.list('/').catch(() => {})
  await store.getVersion('not a path', 1).catch(() => {})
  shell.press('@')
  expect(shell.text()).toMatch(/ms {2}get +\/turns\/t1/)
  expect(shell.text()).toMatch(/list +\//)
  expect(shell.text()).toMatch(/getVersion +not a path {2}invalid-argument/)
  shell.press('<escape>')
  expect(head(shell)).toContain('[1]Records')
})

test('a dangerous act is done only when its word is typed in full', async () => {
  const { shell, current } = await shellOfFakes({ writable: true, storeName: 'file:/data' })
  let acts = 0
  const ask = () =>
    current().host.confirm({
      title: 'Delete /turns/t1',
      lines: ['one record'],
      word: '/turns/t1',
      act: async () => void acts++,
    })
  expect(head(shell)).toMatch(/ WRITE$/m)
  ask()
  expect(shell.text()).toContain('This writes to  file:/data')
  shell.press('<enter>/turns/t<enter>')
  expect(shell.text()).toContain('That is something else. Nothing was done.')
  expect(acts).toBe(0)
  shell.press('<escape>')
  ask()
  shell.press('/turns/t1')
  expect(acts).toBe(0)
  shell.press('<enter>')
  expect(acts).toBe(1)
  expect(shell.text()).not.toContain('Delete /turns/t1')
})

test('the clipboard gets the command that shows the same', async () => {
  const { shell } = await shellOfFakes({ storeName: "file:./it's" })
  shell.press(':copy the command<enter>')
  expect(shell.copied).toEqual([String.raw`inspector --store 'file:./it'\''s' ls /records`])
  await shell.shows('copied command')
})

test('a hostile path, store name or message prints escapes and moves nothing', async () => {
  const hostile = 'a\u001b]0;owned\u0007\u202e\u0000\r\n\u009b2J'
  const { shell, current } = await shellOfFakes({ storeName: hostile })
  current().host.open({ to: 'history' })
  Object.assign(current(), { crumbs: [hostile] })
  current().host.say(hostile)
  shell.press(':x<escape>')
  current().host.ask({ label: hostile, initial: hostile, answer: () => {} })
  expect(shell.text()).toContain('\\x1b]0;owned\\x07\\u{202e}\\x00')
})

test('in too little room the frame says how much it needs and which command tells the same', async () => {
  const { shell } = await shellOfFakes({ columns: 40, rows: 6 })
  expect(shell.lines()).toEqual([
    'needs 60 x 16, has 40 x 6',
    'the same from a shell:',
    'inspector ls /records',
    '',
    '',
    '',
  ])
})

test('with ASCII only, the frame holds nothing else', async () => {
  const { shell } = await shellOfFakes({ ascii: true })
  for (const keys of [':', '<escape>?', '<escape>@', '<escape>5']) {
    shell.press(keys)
    expect(shell.text()).toMatch(/^[\n -~]*$/)
  }
})

test('whatever is pressed in whatever room, the frame stays whole', async () => {
  const keys = fc.array(
    fc.constantFrom(
      'j',
      'k',
      'G',
      ':',
      '?',
      '@',
      'z',
      '1',
      '2',
      '5',
      '<tab>',
      '<enter>',
      '<escape>',
      'h',
      'l',
      'a',
      '日',
      '<up>',
      '<down>',
      '<backspace>',
    ),
    { maxLength: 40 },
  )
  const size = fc.record({ columns: fc.integer({ min: 1, max: 200 }), rows: fc.integer({ min: 1, max: 60 }) })
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  fc.assert(
    fc.property(keys, fc.array(size, { minLength: 1, maxLength: 5 }), (pressed, sizes) => {
      const shell = openShell({ store, make: fakeScreens().make })
      for (const [at, key] of pressed.entries()) {
        const { columns, rows } = sizes[at % sizes.length]!
        shell.resize(columns, rows)
        shell.press(key)
      }
    }),
    { seed: 20_261_121, numRuns: 30 },
  )
})
