import { Buffer } from 'node:buffer'
import { describe, expect, test, vi } from 'vitest'
import { expectNoSecret, plantedSecrets } from './planted-secrets.ts'
import { memoryStore } from './records-store.ts'
import { openShell, type OpenShell } from './tui-shell.ts'

const LOOKS = [
  { columns: 60, rows: 16 },
  { columns: 100, rows: 30 },
  { columns: 200, rows: 60 },
  { columns: 100, rows: 30, ascii: true },
  { columns: 100, rows: 30, spoken: true },
] as const

async function secretStore() {
  const { fs, put } = await memoryStore()
  await put('/s', Buffer.from(plantedSecrets(1)))
  await put('/s', Buffer.from(plantedSecrets(2)))
  return { fs, put }
}

/** All lines of what is selected, from the first to the last. */
function whole(shell: OpenShell): string {
  let text = shell.text()
  for (let rows = 0; rows < 60; rows++) {
    shell.press('j')
    text += `\n${shell.text()}`
  }
  shell.press('g')
  return text
}

async function openValue(look: (typeof LOOKS)[number]) {
  const { fs } = await secretStore()
  const shell = openShell({ store: fs, ...look })
  await shell.shows('/s')
  shell.press('<tab>')
  await shell.shows('[json]')
  shell.press('+++')
  return shell
}

describe.each(LOOKS)('a secret, on screens such as %j', (look) => {
  test('is in no way to look at the value', async () => {
    const shell = await openValue(look)
    for (const mode of ['json', 'text', 'hex', 'meta']) {
      const text = whole(shell)
      expect(text).toContain(`[${mode}]`)
      expect(text).toContain('not shown: :reveal')
      expectNoSecret(text, mode)
      shell.press('v')
    }
  })

  test('is in no way to compare', async () => {
    const { fs } = await secretStore()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/s' }, ...look })
    await shell.shows('v2')
    shell.press('<tab>')
    await shell.shows('1 added')
    expect(shell.text()).toContain('not shown: :reveal')
    expectNoSecret(whole(shell))
    for (const [key, sign] of [
      ['u', 'lines'],
      ['|', 'lines'],
      ['x', 'its bytes are not shown'],
    ] as const) {
      shell.press(key)
      await shell.shows(sign)
      expectNoSecret(whole(shell), key)
    }
  })

  test('is shown from :reveal until it is said again', async () => {
    const shell = await openValue(look)
    shell.press(':reveal<enter>')
    expect(whole(shell)).toContain('hush2-a')
    expect(shell.text()).toMatch(look.columns === 100 && 'spoken' in look ? 'secrets are shown' : 'REVEALED')
    shell.press('v')
    expect(whole(shell)).toContain('hush2')
    shell.press('v')
    expect(whole(shell)).toContain('68 75 73 68')
    shell.press(':reveal off<enter>')
    expectNoSecret(whole(shell))
    expect(shell.text()).not.toMatch(/REVEALED|secrets are shown/)
  })
})

describe('a secret', () => {
  const look = { columns: 160, rows: 40 }

  test('is not copied and not given to an editor, unless it is revealed', async () => {
    const { fs } = await secretStore()
    const shell = openShell({ store: fs, ...look })
    await shell.shows('[json]')
    shell.press('Ye<tab>jjjYyY<tab>')
    await vi.waitFor(() => expect(shell.edited).toHaveLength(1))
    expect(shell.copied.length).toBeGreaterThan(2)
    expectNoSecret(shell.copied.join('\n'))
    expectNoSecret(Buffer.from(shell.edited[0]?.bytes ?? []).toString())
    expect(JSON.parse(shell.copied[0] ?? '')).toMatchObject({
      id: 'open',
      password: expect.stringContaining('not shown'),
    })
    shell.press(':reveal on<enter>Ye')
    await vi.waitFor(() => expect(shell.edited).toHaveLength(2))
    expect(shell.copied.at(-1)).toBe(plantedSecrets(2))
    expect(Buffer.from(shell.edited[1]?.bytes ?? []).toString()).toBe(plantedSecrets(2))
  })

  test('that changed is told to have, and comes and goes in the comparison with :reveal', async () => {
    const { fs } = await secretStore()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/s' }, ...look })
    await shell.shows(/\/password .*not shown.*not shown/)
    shell.press('Y')
    expectNoSecret(shell.copied.join('\n'))
    shell.press(':reveal<enter>')
    await shell.shows(/\/password .*hush1-a.*hush2-a/)
    shell.press(':copy the command that<enter>')
    await vi.waitFor(() => expect(shell.copied.at(-1)).toMatch(/ diff \/s@1 @2 --reveal$/))
    shell.press(':reveal<enter>')
    expectNoSecret(shell.text())
    await shell.shows(/\/password .*not shown.*not shown/)
  })

  test('that was revealed on one screen is hidden on all of them again', async () => {
    const { fs } = await secretStore()
    const shell = openShell({ store: fs, ...look })
    await shell.shows('[json]')
    shell.press(':reveal<enter>')
    expect(shell.text()).toContain('hush2')
    shell.press('<enter>')
    await shell.shows('hush1-a')
    shell.press('v')
    await shell.shows('[json]')
    shell.press('d:reveal<enter>')
    expectNoSecret(shell.text())
    shell.press('v')
    expectNoSecret(shell.text())
    shell.press('1')
    expectNoSecret(shell.text())
    await shell.shows('not shown: :reveal')
  })

  test('is not in the question before a version is written again', async () => {
    const { fs } = await secretStore()
    const shell = openShell({ store: fs, destination: { to: 'history', path: '/s' }, writable: true, ...look })
    await shell.shows('not shown')
    shell.press('jR')
    await shell.shows('Write v1')
    expectNoSecret(shell.text())
  })

  test('in bytes that are no text hides all of them', async () => {
    const { fs, put } = await memoryStore()
    await put('/b', Buffer.concat([Buffer.from([0, 255]), Buffer.from('Bearer 1hush.abc')]))
    const shell = openShell({ store: fs, ...look })
    await shell.shows('(not shown)')
    for (const _ of ['text', 'hex', 'meta']) {
      expectNoSecret(shell.text())
      shell.press('v')
    }
  })
})
