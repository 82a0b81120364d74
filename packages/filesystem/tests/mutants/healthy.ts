import { type Filesystem, MemoryFilesystem, type MemoryOptions } from '@latchless/filesystem'
import { InterceptedFilesystem } from '@latchless/filesystem/testing'

/** The memory backend behind a decorator that changes nothing. Each mutant breaks one thing of it. */
export class Healthy extends InterceptedFilesystem {
  readonly inner: Filesystem

  constructor(inner: Filesystem) {
    super(inner, (_call, proceed) => proceed())
    this.inner = inner
  }

  static async open(options: MemoryOptions = {}): Promise<Filesystem> {
    return new this(await MemoryFilesystem.open(options))
  }
}
