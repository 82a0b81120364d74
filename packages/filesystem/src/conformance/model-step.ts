import type { ListOptions } from '../filesystem.ts'
import { sequenceOf } from '../version.ts'
import { bodies } from './log-reading.ts'
import {
  allExpectations,
  byteExpectations,
  entryOf,
  expectationAt,
  flat,
  logs,
  type ModelScope,
  type ModelStep,
  nested,
  type Pick,
  writeOptions,
} from './model-drawing.ts'
import { queryStep } from './model-query.ts'
import { transactStep } from './model-transact.ts'
import { text } from './samples.ts'

/** Draws the nth step. */
export function nextStep(random: () => number, n: number, scope: ModelScope): ModelStep {
  const pick: Pick = (from) => from[Math.floor(random() * from.length)] as never
  const path = pick(scope.versioned ? nested : flat)
  const drawn = random()
  if (drawn < 0.32) return putStep(path, n, pick, scope)
  if (drawn < 0.44) return deleteStep(path, n, pick, scope)
  if (drawn < 0.52) return { name: () => `get ${path}`, run: (filesystem) => filesystem.get(path) }
  if (drawn < 0.62) return listStep(pick, scope)
  if (drawn < 0.7 && scope.query) return queryStep(pick)
  if (drawn < 0.82 && scope.log) return logStep(n, pick)
  if (drawn < 0.9 && scope.transact) return transactStep(n, pick, scope)
  if (drawn < 0.92 && scope.maintain) return { name: () => 'maintain', run: (fs) => fs.maintain().then(() => 'done') }
  if (!scope.history) return listStep(pick, scope)
  if (drawn < 0.97) {
    const limit = pick([undefined, 1, 3])
    return { name: () => `history ${path}`, run: (filesystem) => filesystem.history(path, { limit, bodies: true }) }
  }
  const age = pick([-1, 0, 1, 2, 3, 5, 20])
  return {
    name: () => `getVersion ${path} ${age} below its head`,
    run: async (filesystem) => {
      const head = await filesystem.get(path)
      const sequence = head.state === 'unwritten' ? 1 : sequenceOf(head.version) - age
      return filesystem.getVersion(path, Math.max(1, sequence))
    },
  }
}

function putStep(path: string, n: number, pick: Pick, scope: ModelScope): ModelStep {
  const expect = pick(scope.versioned ? allExpectations : byteExpectations)
  const entry = scope.versioned && pick([true, true, false]) ? entryOf(n, pick) : text(`body ${n}`)
  const options = writeOptions(n, pick, scope)
  return {
    name: () => `put ${path} under ${expect} ${JSON.stringify(options)}`,
    run: async (filesystem) => filesystem.put(path, entry, await expectationAt(expect, filesystem, path), options),
  }
}

function deleteStep(path: string, n: number, pick: Pick, scope: ModelScope): ModelStep {
  const expect = scope.versioned ? pick(['any', 'head', 'head', 'previous', 'foreign'] as const) : 'any'
  const options = writeOptions(n, pick, scope)
  return {
    name: () => `delete ${path} under ${expect} ${JSON.stringify(options)}`,
    run: async (filesystem) => filesystem.delete(path, await expectationAt(expect, filesystem, path), options),
  }
}

function listStep(pick: Pick, scope: ModelScope): ModelStep {
  const prefix = pick(['/', '/m', '/m/a', '/m-n', '/none'])
  const after = pick([undefined, undefined, '/m/a', '/m/a/b', '/m/zzz'])
  const options: ListOptions = {
    depth: pick(['children', 'descendants']),
    order: pick(['ascending', 'descending']),
    limit: pick([undefined, 1, 2, 100]),
    bodies: pick([true, false]),
    // What a directory of nothing but tombstones shows is left open, so the two are not asked for together.
    deleted: false,
    after: after === undefined ? undefined : { path: after },
  }
  const withDeleted = scope.versioned && options.depth === 'descendants' && pick([true, false])
  const asked = { ...options, deleted: withDeleted }
  return { name: () => `list ${prefix} ${JSON.stringify(asked)}`, run: (filesystem) => filesystem.list(prefix, asked) }
}

function logStep(n: number, pick: Pick): ModelStep {
  const log = pick(logs)
  const operation = pick(['append', 'append', 'append', 'read', 'read', 'read', 'trim'] as const)
  if (operation === 'append') {
    const entries = Array.from({ length: pick([1, 1, 2, 3]) }, (_, at) => `${n}.${at}`)
    return {
      name: () => `append ${log} ${entries.join()}`,
      run: (filesystem) => filesystem.append(log, bodies(...entries)),
    }
  }
  if (operation === 'trim') {
    const before = pick([1, 5, Math.ceil(n / 40), Math.ceil(n / 20)]) || 1
    return { name: () => `trim ${log} ${before}`, run: (filesystem) => filesystem.trim(log, before) }
  }
  const after = pick([undefined, undefined, 0, Math.ceil(n / 40), Math.ceil(n / 20)])
  const limit = pick([1, 3, 10])
  return {
    name: () => `read ${log} behind ${after}`,
    run: (filesystem) => filesystem.read(log, { after, limit }),
  }
}
