import { absent, anything } from '../expectation.ts'
import type { Change, Filesystem, OperationOptions } from '../filesystem.ts'
import { text } from './samples.ts'

/** One operation of the contract, called on a path with arguments that are otherwise valid. */
export interface Operation {
  readonly name: string
  readonly call: (filesystem: Filesystem, path: string, options?: OperationOptions) => unknown
  /** Whether the backend declares that it has the operation. */
  readonly isSupported: (filesystem: Filesystem) => boolean
  readonly writes: boolean
}

const always = () => true

/** Every operation that takes a path. */
export const operations: readonly Operation[] = [
  { name: 'get', writes: false, isSupported: always, call: (fs, path, options) => fs.get(path, options) },
  {
    name: 'put',
    writes: true,
    isSupported: always,
    call: (fs, path, options) => fs.put(path, text('x'), anything, options),
  },
  {
    name: 'put under absent',
    writes: true,
    isSupported: always,
    call: (fs, path, options) => fs.put(path, text('x'), absent, options),
  },
  {
    name: 'delete',
    writes: true,
    isSupported: always,
    call: (fs, path, options) => fs.delete(path, anything, options),
  },
  { name: 'list', writes: false, isSupported: always, call: (fs, path, options) => fs.list(path, options) },
  {
    name: 'history',
    writes: false,
    isSupported: (fs) => fs.capabilities('/').history,
    call: (fs, path, options) => fs.history(path, options),
  },
  {
    name: 'getVersion',
    writes: false,
    isSupported: (fs) => fs.capabilities('/').history,
    call: (fs, path, options) => fs.getVersion(path, 1, options),
  },
  {
    name: 'query',
    writes: false,
    isSupported: (fs) => fs.capabilities('/').query !== 'none',
    call: (fs, path, options) => fs.query(path, 'by_name', options),
  },
  {
    name: 'append',
    writes: true,
    isSupported: (fs) => fs.capabilities('/').log,
    call: (fs, path, options) => fs.append(path, [Uint8Array.of(1)], options),
  },
  {
    name: 'read',
    writes: false,
    isSupported: (fs) => fs.capabilities('/').log,
    call: (fs, path, options) => fs.read(path, options),
  },
  {
    name: 'trim',
    writes: true,
    isSupported: (fs) => fs.capabilities('/').log,
    call: (fs, path, options) => fs.trim(path, 1, options),
  },
  {
    name: 'transact',
    writes: true,
    isSupported: (fs) => fs.capabilities('/').transact,
    call: (fs, path, options) => fs.transact([{ type: 'put', path, entry: text('x'), expect: anything }], options),
  },
  {
    name: 'watch',
    writes: false,
    isSupported: (fs) => fs.capabilities('/').watch,
    // A cursor of no store is answered at once, with a gap.
    call: (fs, path, options) => firstChange(fs.watch(path, { after: 'of no store', ...options })),
  },
]

/** The one operation that takes no path. */
export const maintain: Operation = {
  name: 'maintain',
  writes: true,
  isSupported: (fs) => fs.capabilities('/').maintain,
  call: (fs, _path, options) => fs.maintain(options),
}

function firstChange(changes: AsyncIterable<Change>): Promise<IteratorResult<Change>> {
  const iterator = changes[Symbol.asyncIterator]()
  return iterator.next()
}
