import { appendFile, mkdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { Disturbance } from './disturbance.ts'

const SIZE_MIB = 2048
const SPARE_KIB = 256
const FULL_MS_MIN = 100
const FULL_MS_MAX = 500

/** A file system in memory of its own, that can be full at any moment because its size can be changed. */
export class SmallDisk implements AsyncDisposable {
  readonly directory: string
  readonly full: Disturbance
  #mounted = true

  private constructor(directory: string) {
    this.directory = directory
    this.full = { kind: 'disk-full', weight: 1, run: (random) => this.#fill(random) }
  }

  /** The disk, or the reason why there can be none. */
  static async mount(directory: string): Promise<SmallDisk | string> {
    if (process.platform !== 'linux') return 'only Linux mounts a tmpfs'
    if (process.getuid?.() !== 0) return 'mounting a tmpfs needs root'
    await mkdir(directory, { recursive: true })
    const options = `size=${SIZE_MIB}m,mode=700`
    const { failed, stderr } = await execa('mount', ['-t', 'tmpfs', '-o', options, 'latchless-chaos', directory], {
      reject: false,
    })
    return failed ? `a tmpfs cannot be mounted: ${stderr.trim()}` : new SmallDisk(directory)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#mounted) return
    this.#mounted = false
    // A process that was killed a moment ago may still be on its way out.
    await execa('umount', ['--lazy', this.directory])
    await rm(this.directory, { recursive: true, force: true })
  }

  async #fill(random: { fraction(): number }): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(this.directory)
    // Smaller than what is in it a tmpfs cannot get, and others write meanwhile, so the rest is filled afterwards.
    const usedKib = Math.ceil(((blocks - bfree) * bsize) / 1024) + SPARE_KIB
    if (!(await this.#resize(`${usedKib}k`))) return this.#fill(random)
    const filler = join(this.directory, 'filler')
    try {
      while (await hasRoom(filler)) continue
      await sleep(FULL_MS_MIN + random.fraction() * (FULL_MS_MAX - FULL_MS_MIN))
    } finally {
      await this.#resize(`${SIZE_MIB}m`)
      await rm(filler, { force: true })
    }
  }

  async #resize(size: string): Promise<boolean> {
    const { failed } = await execa('mount', ['-o', `remount,size=${size}`, this.directory], { reject: false })
    return !failed
  }
}

/** Takes a bit of room, and answers whether there was any. */
async function hasRoom(filler: string): Promise<boolean> {
  try {
    await appendFile(filler, Buffer.alloc(SPARE_KIB * 1024))
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
