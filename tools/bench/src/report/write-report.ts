import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { Results } from '../results.ts'
import { markdownReport, replaceResults } from './markdown-report.ts'
import { pictures } from './pictures.ts'
import { readResults } from './result-file.ts'

const root = new URL('../../../../', import.meta.url)

/** Where a run leaves its lines for the report when nothing else is said. */
export const RESULT_FILE: string = fileURLToPath(new URL('docs/benchmarks/results.jsonl', root))

/** Writes the figures and pictures of result files into the document. Resolves with the files it wrote. */
export async function writeReport(files: readonly string[]): Promise<string[]> {
  const stored = await readResults(files)
  const drawn = pictures(new Results(stored.measurements))
  const directory = new URL('docs/benchmarks/', root)
  await mkdir(directory, { recursive: true })
  const written: string[] = []
  for (const [name, picture] of drawn) {
    await writeFile(new URL(name, directory), picture)
    written.push(`docs/benchmarks/${name}`)
  }
  const document = new URL('docs/benchmarks.md', root)
  const report = markdownReport(
    stored,
    [...drawn.keys()].map((name) => `benchmarks/${name}`),
  )
  await writeFile(document, replaceResults(await readFile(document, 'utf8'), report))
  return [...written, 'docs/benchmarks.md']
}
