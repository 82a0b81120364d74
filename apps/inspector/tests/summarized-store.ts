import { type Filesystem, MemoryFilesystem } from '@latchless/filesystem'
import { RunState } from '@latchless/run-state'
import { expect, onTestFinished, vi } from 'vitest'
import { fillStore, scope } from './doctor-subject.ts'
import type { OpenShell } from './tui-shell.ts'

export const NOW_MS = Date.UTC(2026, 10, 21, 14, 32, 7)

export async function memory(): Promise<Filesystem> {
  const store = await MemoryFilesystem.open({})
  onTestFinished(() => store.close())
  return store
}

export async function filled(): Promise<Filesystem> {
  const store = await memory()
  await fillStore(store, () => NOW_MS)
  return store
}

/** As many calls as told, each of which is running. */
export async function withInvocations(count: number): Promise<Filesystem> {
  const store = await memory()
  const { invocations } = new RunState(store, { now: () => NOW_MS })
  const id = (at: number) => `i${String(at).padStart(3, '0')}`
  for (let at = 0; at < count; at++) await invocations.start(scope, { id: id(at), capabilityId: 'shell.run' })
  return store
}

export interface Watched {
  readonly store: Filesystem
  /** The paths of versions that were asked for, in that order. */
  readonly asked: string[]
  readonly mostAtOnce: () => number
  /** Answers come only after this, and from then on at once. */
  readonly answer: () => void
}

/** A store that tells what bodies of versions are read, and may keep them waiting. The preview reads heads, not versions. */
export function watched(store: Filesystem, isHeld = false, fail?: () => Error | undefined): Watched {
  const asked: string[] = []
  const held = Promise.withResolvers<void>()
  if (!isHeld) held.resolve()
  let atOnce = 0
  let mostAtOnce = 0
  const getVersion: Filesystem['getVersion'] = async (path, ...rest) => {
    asked.push(path)
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    await held.promise
    atOnce--
    const failure = fail?.()
    if (failure) throw failure
    return await store.getVersion(path, ...rest)
  }
  const proxy = new Proxy(store, {
    get(target, name) {
      if (name === 'getVersion') return getVersion
      const member: unknown = Reflect.get(target, name, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { store: proxy, asked, mostAtOnce: () => mostAtOnce, answer: () => held.resolve() }
}

export async function quiet(shell: OpenShell): Promise<void> {
  await vi.waitFor(() => expect(shell.shell.isWaiting).toBe(false))
  expect(shell.text()).not.toContain('bug of the inspector')
}

export const heading = (shell: OpenShell) => shell.lines().find((line) => line.includes('PATH')) ?? ''
