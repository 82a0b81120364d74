import { type PendingSlots, PendingSlotsRecord, SLOTS_ROOT } from '@latchless/run-state'
import { defineKindView, type KindView } from './kind-view.ts'
import { scopeText } from './scope-text.ts'
import { momentText } from './time-text.ts'

export const pendingSlotsView: KindView<PendingSlots> = defineKindView({
  root: SLOTS_ROOT,
  type: PendingSlotsRecord,
  columns: ({ slots }) => [`${slots.length} taken`],
  detail: ({ scope, slots, updatedAt }, { nowMs }) => [
    { label: 'places of', text: scopeText(scope), role: 'heading' },
    { label: 'taken', text: `${slots.length}, some maybe of requests that are decided` },
    { label: 'changed', text: momentText(updatedAt, nowMs) },
    ...slots.map(({ id, takenAt }) => ({ label: id, text: `taken ${momentText(takenAt, nowMs)}` })),
  ],
})
