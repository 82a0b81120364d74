import type { ListedRow } from '../../../model/listed-row.ts'
import { remove } from '../../../model/remove.ts'
import type { Host } from '../../screen.ts'

/** Asks to type the path of a record, and then deletes the version that is shown. `deleted` shows the tombstone. */
export function offerDeletion(host: Host, { path, token, version }: ListedRow, deleted: () => Promise<void>): void {
  if (token === undefined) return
  host.confirm({
    title: `Delete ${path}`,
    word: path,
    lines: [` v${version} gets a tombstone on top, if it is still the newest.`, ' Versions that the store keeps stay.'],
    act: async () => {
      await remove(host.store, path, token, undefined)
      host.say(`deleted ${path}`)
      await deleted()
    },
  })
}
