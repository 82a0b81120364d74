import type { Action } from '../../action.ts'
import type { Host } from '../../screen.ts'
import type { RecordPreview } from '../records/record-preview.ts'
import type { RevertOffer } from './revert-offer.ts'
import type { VersionList } from './version-list.ts'

/** What the keys about one version ask of the screen. */
export interface VersionControls {
  readonly host: Host
  readonly path: string
  readonly list: VersionList
  readonly preview: RecordPreview
  readonly revert: RevertOffer
  readonly isShowingValue: boolean
  readonly isFocusedOnDetail: boolean
  turnFocus(): void
  showValue(): void
  copyDetail(): void
}

/** What can be done with the selected version. */
export function versionActions(screen: VersionControls): readonly Action[] {
  const { host, path, list, isShowingValue, isFocusedOnDetail } = screen
  const { selected } = list
  const version = selected?.type === 'version' ? selected : undefined
  const op = version?.head.info.updates.find(({ opId }) => opId !== undefined)?.opId
  return [
    ...(isFocusedOnDetail && isShowingValue ? treeActions(screen) : []),
    {
      name: 'replay how it was written',
      keys: ['<enter>'],
      hint: 'replay',
      run: () => host.open({ to: 'replay', path, ...(op === undefined ? {} : { op }) }),
    },
    { name: 'go to the other pane', keys: ['<tab>'], hint: 'pane', run: () => screen.turnFocus() },
    ...(isShowingValue ? [] : [{ name: 'show the value', keys: ['v'], hint: 'value', run: () => screen.showValue() }]),
    { name: 'show who contends for it', keys: ['c'], run: () => host.open({ to: 'contention', path }) },
    {
      name: 'copy the path with the version',
      keys: ['y'],
      run: () => host.copy(version ? `${path}@v${version.sequence}` : path, 'version'),
    },
    { name: isShowingValue ? 'copy the value' : 'copy what differs', keys: ['Y'], run: () => screen.copyDetail() },
    { name: 'read the versions again', keys: ['r'], synonyms: ['refresh', 'reload'], run: () => list.refresh() },
    ...(isFocusedOnDetail
      ? [{ name: 'go back to the versions', keys: ['<escape>'], run: () => screen.turnFocus() }]
      : []),
    ...screen.revert.actions(version, list.newest, () => list.refresh()),
  ]
}

/** What can be done with its value. */
export function valueActions({ host, path, preview }: VersionControls): readonly Action[] {
  const { readUnasked, view } = preview
  const bytes = view.content?.openBytes
  return [
    ...(readUnasked ? [{ name: 'read the large value', keys: ['v'], hint: 'read', run: readUnasked }] : []),
    ...view.actions(),
    {
      name: 'read the value in an editor',
      keys: ['e'],
      unavailable: bytes ? undefined : 'there are no bytes to show',
      run: () => bytes && host.edit(path, bytes),
    },
  ]
}

function treeActions({ preview: { view } }: VersionControls): readonly Action[] {
  if (!view.treeLine) return []
  return [{ name: 'fold or unfold', keys: ['<enter>', ' ', 'l', '<right>'], hint: 'fold', run: () => view.toggle() }]
}
