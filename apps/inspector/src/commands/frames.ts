import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { ascii, unicode } from '../terminal/glyphs.ts'
import { type Key, parseKeys } from '../terminal/key.ts'
import { plain } from '../terminal/theme.ts'
import { Headless } from '../tui/headless.ts'
import type { Destination } from '../tui/screen.ts'

export interface FrameSettings {
  /** A script of keys such as `jj<enter>`. */
  readonly keys: string
  /** The directory that the frames are written into. */
  readonly frames: string
  readonly ascii: boolean
}

const COLUMNS = 100
const ROWS = 30

/**
 * Presses keys without a terminal and writes the frame after each into a text file of its own.
 *
 * @throws {InspectorError} `usage` for a key that there is not.
 */
export async function writeFrames(
  context: Context,
  settings: FrameSettings,
  destination: Destination,
): Promise<ExitCode> {
  const keys = keysOf(settings.keys)
  return await context.withStoreOr(destination.to === 'replay' ? 'memory:' : undefined, async (store) => {
    using headless = new Headless({
      store,
      storeName: context.storeName,
      writable: context.writable,
      destination,
      nowMs: () => Date.now(),
      frame: {
        columns: COLUMNS,
        rows: ROWS,
        paint: plain,
        glyphs: settings.ascii ? ascii : unicode,
        spoken: false,
      },
    })
    await mkdir(settings.frames, { recursive: true })
    await headless.settled()
    await write(settings.frames, 0, 'start', headless)
    for (const [at, key] of keys.entries()) {
      await headless.press(key)
      await write(settings.frames, at + 1, key, headless)
    }
    return EXIT.ok
  })
}

async function write(directory: string, at: number, key: Key, headless: Headless): Promise<void> {
  const name = `${String(at).padStart(3, '0')}-${key.replaceAll(/[^\w-]/g, '') || 'key'}.txt`
  const lines = headless.view().map((line) => stripVTControlCharacters(line).trimEnd())
  await writeFile(join(directory, name), `${lines.join('\n')}\n`)
}

function keysOf(script: string): Key[] {
  try {
    return parseKeys(script)
  } catch (error) {
    throw new InspectorError('usage', error instanceof Error ? error.message : String(error))
  }
}
