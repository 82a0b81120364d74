import type { Filesystem, PathCursor } from '@latchless/filesystem'
import type { Command, Option } from 'commander'
import { loadConfiguration } from '../config/configuration.ts'
import { storeReference } from '../config/store-reference.ts'
import type { Context } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { jsonText } from '../output/json-text.ts'
import { openStore } from '../store.ts'

/** How long a person is willing to wait for the tab key. */
const CAP_MS = 300
const CANDIDATES_MAX = 200

/** Prints what could stand in place of the last word, a candidate a line. Whatever goes wrong, it prints nothing. */
export async function complete(context: Context, program: Command, words: readonly string[]): Promise<ExitCode> {
  const capped = new Promise<undefined>((resolve) => {
    setTimeout(resolve, CAP_MS, undefined).unref()
  })
  const found = await Promise.race([candidates(context, program, words).catch(() => []), capped])
  if (!found) {
    // A store that does not answer is still being waited for.
    process.exit(EXIT.ok)
  }
  const current = words.at(-1) ?? ''
  const fitting = found.filter((text) => text.startsWith(current) && isOneWord(text))
  await context.print(fitting.map((text) => `${text}\n`).join(''))
  return EXIT.ok
}

/** A path with control characters would have to be quoted in a way that differs by shell. */
function isOneWord(text: string): boolean {
  return jsonText(text) === `"${text}"`
}

async function candidates(context: Context, program: Command, words: readonly string[]): Promise<readonly string[]> {
  const current = words.at(-1) ?? ''
  const { command, valueOf, before } = readWords(program, words.slice(0, -1))
  if (valueOf) return valueOf.long === '--store' ? await storeNames(context) : (valueOf.argChoices ?? [])
  if (current.startsWith('-')) return optionsOf(program, command).flatMap(({ long }) => long ?? [])
  if (!command) return program.commands.map((known) => known.name()).filter((name) => !name.startsWith('__'))
  const argument = command.registeredArguments[Math.min(before.length, command.registeredArguments.length - 1)]
  if (argument?.argChoices) return argument.argChoices
  if (command.name() === 'stores' || command.name() === 'copy') return await storeNames(context)
  const takesPath = /^(?:path|prefix)/.test(argument?.name() ?? '')
  return takesPath ? await paths(context, storeOf(words), current) : []
}

interface ReadWords {
  readonly command: Command | undefined
  /** The option whose value comes next. */
  readonly valueOf: Option | undefined
  /** The arguments that stand before. */
  readonly before: readonly string[]
}

function readWords(program: Command, words: readonly string[]): ReadWords {
  let command: Command | undefined
  let valueOf: Option | undefined
  const before: string[] = []
  for (const word of words) {
    if (valueOf) valueOf = undefined
    else if (word.startsWith('-')) valueOf = optionsOf(program, command).find((option) => takesValue(option, word))
    else if (command) before.push(word)
    else command = program.commands.find((known) => known.name() === word)
  }
  return { command, valueOf, before }
}

function takesValue(option: Option, word: string): boolean {
  return (option.long === word || option.short === word) && (option.required || option.optional)
}

function optionsOf(program: Command, command: Command | undefined): readonly Option[] {
  const own = command?.options ?? []
  return [...own, ...program.options].filter(({ hidden }) => !hidden)
}

async function storeNames(context: Context): Promise<string[]> {
  return (await loadConfiguration(context.io)).stores.map(({ name }) => name)
}

function storeOf(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf('--store')
  const joined = words.findLast((word) => word.startsWith('--store='))
  return at === -1 ? joined?.slice('--store='.length) : words[at + 1]
}

/** Records and directories that begin like this, in the directory that is being typed. A directory ends in a slash. */
async function paths(context: Context, named: string | undefined, current: string): Promise<string[]> {
  const store = await storeReference(context.io, named ?? context.io.env['INSPECTOR_STORE'])
  await using fs = await openStore(store?.url)
  const directory = current.slice(0, Math.max(0, current.lastIndexOf('/')))
  const isBare = current.length <= directory.length + 1
  const found = isBare ? [] : await exactly(fs, current)
  let after: PathCursor | undefined = isBare ? undefined : { path: current }
  while (found.length < CANDIDATES_MAX) {
    const page = await fs.list(directory || '/', { depth: 'children', after, limit: CANDIDATES_MAX })
    const fitting = page.items.filter(({ path }) => path.startsWith(current))
    for (const { path, head, directory: below } of fitting)
      found.push(...(head ? [path] : []), ...(below ? [`${path}/`] : []))
    if (!page.next || fitting.length < page.items.length) break
    after = page.next
  }
  return found
}

// A page goes on strictly behind its cursor, so what has just this name is looked for by itself.
async function exactly(fs: Filesystem, path: string): Promise<string[]> {
  const [head, below] = await Promise.all([fs.get(path), fs.list(path, { limit: 1 })])
  return [...(head.state === 'live' ? [path] : []), ...(below.items.length > 0 ? [`${path}/`] : [])]
}
