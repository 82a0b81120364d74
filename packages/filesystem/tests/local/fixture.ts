import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalOptions } from '@latchless/filesystem'
import { LocalFilesystem } from '@latchless/filesystem'
import { onTestFinished } from 'vitest'

/** A directory that goes when the test ends. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'latchless-local-'))
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }))
  return directory
}

/** A new store in a directory of its own. */
export async function temporaryStore(
  options: Partial<LocalOptions> = {},
): Promise<{ root: string; filesystem: LocalFilesystem }> {
  const root = join(await temporaryDirectory(), 'store')
  return { root, filesystem: await LocalFilesystem.open({ root, ...options }) }
}

/** Mounts for the length of the test; the reason when this machine does not let us. */
export function mount(target: string, ...args: string[]): string | undefined {
  try {
    execFileSync('mount', [...args, target], { stdio: 'pipe' })
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error)
  }
  onTestFinished(() => void execFileSync('umount', [target], { stdio: 'pipe' }))
  return undefined
}
