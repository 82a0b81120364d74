import { casUpdate } from '@latchless/filesystem'

type CasUpdate = typeof casUpdate

const inMode =
  (combine: boolean): CasUpdate =>
  (filesystem, path, codec, apply, options) =>
    casUpdate(filesystem, path, codec, apply, { combine, ...options })

/** casUpdate in its plain mode, which runs every call by itself. */
export const plainUpdate = inMode(false)

/** Both modes of casUpdate. What a caller is promised holds in each. */
export const updateModes: readonly { readonly mode: string; readonly update: CasUpdate }[] = [
  { mode: 'combining', update: inMode(true) },
  { mode: 'plain', update: plainUpdate },
]
