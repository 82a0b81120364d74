import type { Version } from '@latchless/filesystem'
import { casUpdate, forceWrite, noop, remove, write } from '@latchless/filesystem'
import { nowUs } from '../history/journal.ts'
import { answered, digestOf } from '../history/recorded.ts'
import type { Client } from './client.ts'
import { chance, oneOf, updateOptions } from './client.ts'
import { epochOfPath } from './places.ts'
import type { Register } from './records.ts'
import { registerType } from './records.ts'

/** What an `apply` throws to tell what it saw. It changes nothing. */
class Saw extends Error {
  readonly current: Register | undefined

  constructor(current: Register | undefined) {
    super('it saw what it had to see')
    this.current = current
  }
}

type Choice = 'write' | 'forceWrite' | 'remove' | 'noop' | 'throw'

/**
 * One `casUpdate` of a register, with what its caller was told: the version that holds it, or what the record was while
 * the call went on.
 */
export async function updateRegister(client: Client, path: string, value: Register): Promise<Version | undefined> {
  const { journal, filesystem, runtime, name } = client
  const choice = oneOf<Choice>(
    client,
    ...(['write', 'write', 'write', 'write', 'write', 'forceWrite', 'remove', 'remove', 'noop', 'throw'] as const),
  )
  const decide = (current: Register | undefined) => decisionOf(choice, value, current)
  const slowMs = chance(client, 0.1) ? client.random.fraction() * 5 : 0
  const apply =
    slowMs > 0 ? (current: Register | undefined) => runtime.sleep(slowMs).then(() => decide(current)) : decide
  const epoch = epochOfPath(path)
  const start = nowUs()
  const removes = choice === 'remove' ? ({ removes: true } as const) : {}
  const open = journal.call(epoch, { type: 'update', client: name, start, path, op: value.name, ...removes })
  const update = () => casUpdate(filesystem, path, registerType, apply, updateOptions(client, value.name))
  const result = await answered(
    journal,
    open,
    () => update().catch(orSaw),
    (answer) => {
      const call = { client: name, start, end: nowUs(), path }
      if (answer instanceof Saw) {
        journal.answer(open, { outcome: 'refused', code: 'thrown' })
        journal.observe(epoch, { type: 'saw', ...call, ...seenAs(answer.current) })
        return
      }
      const { changed, replayed, version, value: after } = answer
      if (changed || replayed) return journal.answer(open, { outcome: 'done', version })
      journal.answer(open, { outcome: 'nothing' })
      // The version may be that of a batch, of which this update saw the state before or in the middle.
      journal.observe(epoch, { type: 'get', ...call, seen: { version, live: after !== undefined } })
      journal.observe(epoch, { type: 'saw', ...call, ...seenAs(after) })
    },
  )
  if (result instanceof Saw) return undefined
  if (!result.replayed) checkAnswer(choice, value, result)
  return result.version
}

function decisionOf(choice: Choice, value: Register, current: Register | undefined) {
  switch (choice) {
    case 'write':
      return write(value, current)
    case 'forceWrite':
      return forceWrite(value, current)
    case 'remove':
      return remove(current)
    case 'noop':
      return noop(current)
    case 'throw':
      throw new Saw(current)
  }
}

function orSaw(error: unknown): Saw {
  if (error instanceof Saw) return error
  throw error
}

function seenAs(value: Register | undefined): { readonly name?: string; readonly digest?: string } {
  return value === undefined ? {} : { name: value.name, digest: digestOf(registerType.encode(value).body) }
}

/** What the answer says of itself has to fit what was decided, whatever the record was. */
function checkAnswer(
  choice: Choice,
  { name }: Register,
  { changed, value, outcome }: { changed: boolean; value: Register | undefined; outcome: Register | undefined },
): void {
  const fits = {
    write: changed && value?.name === name,
    forceWrite: changed && value?.name === name,
    remove: value === undefined && changed === (outcome !== undefined),
    noop: !changed && value?.name === outcome?.name,
    throw: false,
  }
  if (fits[choice]) return
  const told = `changed ${changed}, value ${value?.name ?? 'none'}, saw ${outcome?.name ?? 'none'}`
  throw new TypeError(`Cannot believe the answer to ${choice} ${name}: ${told}`)
}
