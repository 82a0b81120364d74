import type { Context } from '../context.ts'
import type { ExitCode } from '../exit-codes.ts'
import { InspectorError } from '../inspector-error.ts'
import { wantsColor } from '../output/wants-color.ts'
import { THEME_NAMES, type ThemeName } from '../terminal/theme.ts'
import type { Destination } from '../tui/screen.ts'
import type { TuiOptions } from '../tui/start-tui.ts'

export interface TuiSettings {
  readonly theme?: string
  readonly ascii: boolean
  readonly screenReader: boolean
  readonly mouse: boolean
  readonly color: boolean
  /** Together: press these keys without a terminal, and write the frames into this directory. */
  readonly keys?: string
  readonly frames?: string
}

/**
 * Opens the screens on the terminal of the process.
 *
 * @throws {InspectorError} `usage` without a terminal, or for a theme that there is not.
 */
export async function tui(context: Context, settings: TuiSettings, destination: Destination): Promise<ExitCode> {
  const { io } = context
  const { keys, frames } = settings
  if (keys !== undefined && frames !== undefined) {
    const { writeFrames } = await import('./frames.ts')
    return await writeFrames(context, { keys, frames, ascii: settings.ascii }, destination)
  }
  const theme = themeOf(settings.theme ?? io.env['INSPECTOR_THEME'] ?? 'default')
  const spoken = settings.screenReader || io.env['INK_SCREEN_READER'] === 'true'
  if (io.env['TERM'] === 'dumb' && !spoken) throw noTerminal('this terminal cannot place text (TERM=dumb)')
  using terminal = io.openTerminal()
  if (!terminal) throw noTerminal('there is none')
  const inColor = wantsColor(settings.color, io.env, io.stdout)
  // A trace can be looked at without a store.
  return await context.withStoreOr(isOfTraces(destination) ? 'memory:' : undefined, async (store) => {
    return await openScreens({
      store,
      storeName: context.storeName,
      storeUrl: context.storeUrl,
      writable: context.writable,
      theme: inColor ? theme : 'mono',
      ascii: settings.ascii,
      spoken,
      mouse: settings.mouse,
      destination,
      stdin: terminal.stdin,
      stdout: terminal.stdout,
      env: io.env,
    })
  })
}

/** Ink and React are loaded here and nowhere else, so that no other command waits for them. */
export async function openScreens(options: TuiOptions): Promise<ExitCode> {
  const { startTui } = await import('../tui/start-tui.ts')
  return await startTui(options)
}

function isOfTraces(destination: Destination): boolean {
  if (destination.to === 'contention') return (destination.traces?.length ?? 0) > 0
  return destination.to === 'replay'
}

function themeOf(name: string): ThemeName {
  const found = THEME_NAMES.find((known) => known === name)
  if (found) return found
  throw new InspectorError('usage', `Cannot use theme ${JSON.stringify(name)}: expected ${THEME_NAMES.join(', ')}`)
}

function noTerminal(why: string): InspectorError {
  return new InspectorError(
    'usage',
    `Cannot open the screens: they need a terminal, and ${why}`,
    '`inspector --help` lists the commands, which need none',
  )
}
