import { posix } from 'node:path'
import type { Finding, TextFile } from './repository.ts'

/** Every entry of an `exports` map has its source file, and its built files mirror that source. */
export function findBrokenExports(files: readonly TextFile[]): Finding[] {
  const paths = new Set(files.map(({ path }) => path))
  return files
    .filter(({ path }) => /^(?:packages|apps|tools)\/[^/]+\/package\.json$/.test(path))
    .flatMap(({ path, text }) => {
      const manifest = JSON.parse(text) as { exports?: Record<string, string | Record<string, string>> }
      const report = (problem: string) => [{ path, line: 1, problem }]
      return Object.entries(manifest.exports ?? {}).flatMap(([name, target]) => {
        if (name.includes('*')) return report(`the export ${name} makes files public that nobody chose`)
        if (typeof target === 'string') return []
        const source = target['@latchless/source']
        if (source === undefined) return report(`the export ${name} has no @latchless/source`)
        if (Object.keys(target)[0] !== '@latchless/source')
          return report(`the export ${name} must name its source first`)
        if (!paths.has(posix.join(posix.dirname(path), source)))
          return report(`the export ${name} has no source file ${source}`)
        const built = source.replace('./src/', './dist/').replace(/\.tsx?$/, '')
        if (target['default'] !== `${built}.js`) return report(`the default of ${name} must be ${built}.js`)
        return target['types'] === `${built}.d.ts` ? [] : report(`the types of ${name} must be ${built}.d.ts`)
      })
    })
}
