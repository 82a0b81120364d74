import type { Action } from '../../action.ts'
import type { ColumnChoice } from './column-choice.ts'
import { SORT_KEYS } from './record-columns.ts'
import type { Listing } from './listing.ts'
import type { RecordList } from './record-list.ts'

/** What the keys of the list ask of the screen. */
export interface ListControls {
  readonly list: RecordList
  readonly columns: ColumnChoice
  readonly isWatching: boolean
  readonly cannotWatch: string | undefined
  change(listing: Partial<Listing>): void
  askFilter(): void
  toggleWatch(): void
  refresh(): void
  count(): void
}

/** What can be done with the list as a whole. */
export function listActions(screen: ListControls): readonly Action[] {
  const { listing } = screen.list
  return [
    {
      name: 'filter the records',
      keys: ['/'],
      hint: 'filter',
      synonyms: ['search', 'find'],
      run: () => screen.askFilter(),
    },
    {
      name: listing.isTree ? 'list all records below' : 'list directories',
      keys: ['t'],
      hint: listing.isTree ? 'flat' : 'tree',
      synonyms: ['tree', 'flat'],
      run: () => screen.change({ isTree: !listing.isTree, filter: '' }),
    },
    {
      name: 'sort by the next column',
      keys: ['s'],
      hint: 'sort',
      synonyms: [...SORT_KEYS],
      run: () => screen.change({ sort: after(SORT_KEYS, listing.sort) }),
      command: {
        word: 'sort',
        argument: SORT_KEYS.join(', '),
        take: (argument) => {
          const sort = SORT_KEYS.find((key) => key === argument)
          if (!sort)
            throw new RangeError(`Cannot sort by ${JSON.stringify(argument)}: expected ${SORT_KEYS.join(', ')}`)
          screen.change({ sort })
        },
      },
    },
    {
      name: 'sort the other way',
      keys: ['S'],
      synonyms: ['reverse'],
      run: () => screen.change({ isReversed: !listing.isReversed }),
    },
    screen.columns.action,
    {
      name: listing.withDeleted ? 'hide deleted records' : 'show deleted records too',
      keys: ['D'],
      synonyms: ['tombstones'],
      run: () => screen.change({ withDeleted: !listing.withDeleted }),
    },
    {
      name: screen.isWatching ? 'stop watching' : 'watch for changes below',
      keys: ['w'],
      hint: 'watch',
      synonyms: ['live', 'follow'],
      unavailable: screen.cannotWatch,
      run: () => screen.toggleWatch(),
    },
    { name: 'read the list again', keys: ['r'], synonyms: ['refresh', 'reload'], run: () => screen.refresh() },
    { name: 'count all records below', keys: [], synonyms: ['total'], run: () => screen.count() },
  ]
}

function after<T>(list: readonly T[], item: T): T {
  return list[(list.indexOf(item) + 1) % list.length] ?? item
}
