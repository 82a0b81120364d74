import { ok, type SurroundingsCheck } from '../check.ts'
import { Findings } from '../findings.ts'

/** node:sqlite without a flag, and what the library is tested with. */
const NODE_MIN = [22, 12] as const
const COLUMNS_MIN = 60
const ROWS_MIN = 16

const runtime: SurroundingsCheck = {
  id: 'runtime',
  expects: `Node is of version ${NODE_MIN.join('.')} or later`,
  over: 'surroundings',
  async run({ surroundings: { nodeVersion } }) {
    const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
    if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1])) return ok(`Node ${nodeVersion}`)
    return {
      status: 'fail',
      summary: `Node ${nodeVersion} is too old`,
      details: [],
      likelyCause: 'another Node comes first in the PATH',
      next: ['node --version'],
    }
  },
}

const terminal: SurroundingsCheck = {
  id: 'terminal',
  expects: 'The terminal has room, places text and knows UTF-8',
  over: 'surroundings',
  async run({ surroundings: { terminal: size, env } }) {
    if (!size) return ok('none: the commands need no terminal, the screens do')
    const found = new Findings()
    if (size.columns < COLUMNS_MIN || size.rows < ROWS_MIN) {
      found.add(`it has ${size.columns}×${size.rows}, the screens need ${COLUMNS_MIN}×${ROWS_MIN}`)
    }
    if (env['TERM'] === undefined || env['TERM'] === 'dumb') found.add(`TERM is ${env['TERM'] ?? 'not set'}`)
    const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
    if (!/utf-?8/i.test(locale))
      found.add(`its locale is ${locale === '' ? 'not set' : locale}; --ascii does without UTF-8`)
    return found.result({
      severity: 'warn',
      none: `${size.columns}×${size.rows}, ${env['TERM'] ?? ''}, UTF-8`,
      some: () => 'the screens may look broken',
      likelyCause: 'the environment was not passed on, as by sudo or a container',
      next: ['inspector --ascii', 'inspector --screen-reader'],
    })
  },
}

export const surroundingsChecks: readonly SurroundingsCheck[] = [terminal, runtime]
