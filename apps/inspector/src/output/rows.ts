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
export type ChangeRow = z.infer<typeof schemas.change>
export type HeartbeatRow = z.infer<typeof schemas.heartbeat>
export type EndRow = z.infer<typeof schemas.end>
export type StoreRow = z.infer<typeof schemas.store>
export type StoreTestRow = z.infer<typeof schemas.storeTest>
export type WrittenRow = z.infer<typeof schemas.written>
export type RecordingRow = z.infer<typeof schemas.recording>
export type ContentionRow = z.infer<typeof schemas.contention>
export type RerunRow = z.infer<typeof schemas.rerun>
export type TraceStatsRow = z.infer<typeof schemas.traceStats>
export type TraceEventRow = z.infer<typeof schemas.traceEvent>
export type TraceFindingRow = z.infer<typeof schemas.traceFinding>
export type WhatIfRow = z.infer<typeof schemas.whatIf>
export type CheckRow = z.infer<typeof schemas.check>
export type CheckTotalRow = z.infer<typeof schemas.checkTotal>
export type ErrorRow = z.infer<typeof schemas.error>
