import type { z } from 'zod'
import type * as schemas from './schemas.ts'

export type RecordRow = z.infer<typeof schemas.record>
export type DirectoryRow = z.infer<typeof schemas.directory>
export type CountRow = z.infer<typeof schemas.count>
export type VersionRow = z.infer<typeof schemas.version>
export type GapRow = z.infer<typeof schemas.gap>
export type MetaRow = z.infer<typeof schemas.meta>
export type ValueRow = z.infer<typeof schemas.value>
export type DiffRow = z.infer<typeof schemas.diff>
export type StatsRow = z.infer<typeof schemas.stats>
export type TotalRow = z.infer<typeof schemas.total>
export type CopyRow = z.infer<typeof schemas.copy>
export type ErrorRow = z.infer<typeof schemas.error>
