import { parentOf } from '@latchless/filesystem'
import { recordCommits } from '../../../contention/record-commits.ts'
import type { Host } from '../../screen.ts'

/** A recording that goes on in the background. */
export class Recording {
  readonly file: string
  readonly #stop = new AbortController()
  commits = 0

  private constructor(file: string) {
    this.file = file
  }

  /** Begins to record what is committed, all of it or one record alone; `ended` is told when it is over, for whatever reason. */
  static start(host: Host, file: string, path: string | undefined, ended: () => void): Recording {
    const recording = new Recording(file)
    const signal = AbortSignal.any([host.signal, recording.#stop.signal])
    host.run(async () => {
      try {
        const { commits } = await recordCommits(host.store, path === undefined ? '/' : parentOf(path), file, {
          signal,
          nowMs: () => host.nowMs(),
          ...(path === undefined ? {} : { path }),
          onProgress: (count) => (recording.commits = count),
        })
        if (!host.signal.aborted) host.say(`recorded ${commits} commits in ${file}`)
      } finally {
        ended()
      }
    })
    return recording
  }

  stop(): void {
    this.#stop.abort()
  }
}
