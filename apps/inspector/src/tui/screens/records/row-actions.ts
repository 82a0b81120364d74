import type { ListedRow } from '../../../model/listed-row.ts'
import type { Action } from '../../action.ts'
import type { Host } from '../../screen.ts'
import type { RecordList } from './record-list.ts'
import type { RecordPreview } from './record-preview.ts'
import { copyValue } from './value/copy-value.ts'

/** What the keys of one row ask of the screen. */
export interface RowControls {
  readonly host: Host
  readonly list: RecordList
  readonly preview: RecordPreview
  /** The selected one, as it was at the time one looks at. */
  readonly row: ListedRow | undefined
  readonly isPast: boolean
  readonly isFocusedOnValue: boolean
  readonly marked: Set<string>
  openDirectory(path: string): void
  turnFocus(): void
  delete(row: ListedRow): void
}

/** What can be done with the selected record, or with the selected part of its value. */
export function rowActions(screen: RowControls): readonly Action[] {
  const { host, row } = screen
  return [
    ...(screen.isFocusedOnValue ? valueActions(screen) : openActions(screen)),
    {
      name: screen.isFocusedOnValue ? 'go to the list' : 'go to the value',
      keys: ['<tab>'],
      hint: 'pane',
      run: () => screen.turnFocus(),
    },
    ...(row ? copyActions(screen, row) : []),
    ...(row && row.state !== 'none' ? recordActions(screen, row) : []),
    ...largeValue(screen),
    {
      name: 'go to the next marked record',
      keys: ["'"],
      unavailable: screen.marked.size === 0 ? 'none is marked' : undefined,
      run: () => toNextMark(screen),
    },
    ...(row && host.writable ? [deleteAction(screen, row)] : []),
  ]
}

function openActions(screen: RowControls): readonly Action[] {
  const { host, row } = screen
  if (!row) return []
  const open = () => (row.directory ? screen.openDirectory(row.path) : host.open({ to: 'history', path: row.path }))
  return [
    {
      name: row.directory ? 'open the directory' : 'list the versions',
      keys: ['<enter>'],
      hint: row.directory ? 'open' : 'history',
      run: open,
    },
  ]
}

function valueActions({ preview: { view } }: RowControls): readonly Action[] {
  if (!view.treeLine) return []
  return [{ name: 'fold or unfold', keys: ['<enter>', ' ', 'l', '<right>'], hint: 'fold', run: () => view.toggle() }]
}

function recordActions({ host, preview, marked }: RowControls, row: ListedRow): readonly Action[] {
  const { path, version } = row
  const { content } = preview.view
  const bytes = content?.openBytes
  return [
    {
      name: 'list the versions of a record that is a directory too',
      keys: ['o'],
      run: () => host.open({ to: 'history', path }),
    },
    {
      name: 'compare with the version before',
      keys: ['d'],
      hint: 'diff',
      run: () => host.open({ to: 'history', path, ...(version === null ? {} : { version }) }),
    },
    {
      name: 'show who contends for it',
      keys: ['c'],
      hint: 'contention',
      run: () => host.open({ to: 'contention', path }),
    },
    {
      name: 'read the value in an editor',
      keys: ['e'],
      synonyms: ['editor', 'pager'],
      unavailable: bytes ? undefined : 'there are no bytes to show',
      run: () => bytes && host.edit(content.path, bytes),
    },
    {
      name: marked.has(path) ? 'take the mark away' : 'mark it',
      keys: ['m', ' '],
      synonyms: ['select'],
      run: () => (marked.has(path) ? marked.delete(path) : marked.add(path)),
    },
  ]
}

function copyActions(screen: RowControls, { path }: ListedRow): readonly Action[] {
  const { host, preview, marked, isFocusedOnValue } = screen
  const line = isFocusedOnValue ? preview.view.treeLine : undefined
  const copyPaths = () => {
    if (line) host.copy(line.pointer, 'path in the value')
    else if (marked.size > 0) host.copy([...marked].join('\n'), `${marked.size} marked paths`)
    else host.copy(path, 'path')
  }
  return [
    { name: line ? 'copy the path in the value' : 'copy the path', keys: ['y'], synonyms: ['yank'], run: copyPaths },
    {
      name: line ? 'copy this part of the value' : 'copy the value',
      keys: ['Y'],
      run: () => copyValue(host, preview.view, isFocusedOnValue),
    },
  ]
}

function largeValue({ preview }: RowControls): readonly Action[] {
  const { readUnasked } = preview
  return readUnasked ? [{ name: 'read the large value', keys: ['v'], hint: 'read', run: readUnasked }] : []
}

function deleteAction(screen: RowControls, row: ListedRow): Action {
  const { path, state } = row
  const hasCas = !['none', 'unknown'].includes(screen.host.store.capabilities(path).cas)
  const why =
    state !== 'live' ? 'nothing live is stored there' : hasCas ? undefined : 'this store has no conditional writes'
  return {
    name: 'delete it',
    keys: ['x'],
    hint: 'delete',
    synonyms: ['remove', 'rm'],
    unavailable: screen.isPast ? 'this is the past' : why,
    run: () => screen.delete(row),
  }
}

function toNextMark({ list, marked }: RowControls): void {
  const { at } = list.place
  const marks = list.rows.flatMap(({ path }, index) => (marked.has(path) ? [index] : []))
  const next = marks.find((index) => index > at) ?? marks[0]
  if (next !== undefined) list.select(next)
}
