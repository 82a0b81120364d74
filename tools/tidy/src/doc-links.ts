import { posix } from 'node:path'
import type { Finding, TextFile } from './repository.ts'
import { lineAt } from './repository.ts'

const link = /\]\(([^)\s]+)\)/g

/** Relative links in Markdown lead to a file, a folder or a heading that exists. */
export function findBrokenLinks(files: readonly TextFile[]): Finding[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const folders = new Set(files.flatMap(({ path }) => ancestors(path)))
  const resolves = (from: string, target: string) => {
    const [file = '', anchor] = target.split('#')
    const path = file === '' ? from : posix.join(posix.dirname(from), file).replace(/\/$/, '')
    const text = texts.get(path)
    if (text === undefined) return anchor === undefined && folders.has(path)
    return anchor === undefined || headings(text).has(anchor)
  }
  return files
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path, text }) =>
      [...text.matchAll(link)]
        .filter(([, target = '']) => !/^[a-z]+:/i.test(target) && !resolves(path, target))
        .map((found) => ({ path, line: lineAt(text, found.index), problem: `the link ${found[1]} leads nowhere` })),
    )
}

function ancestors(path: string): string[] {
  const parts = path.split('/')
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function headings(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}
