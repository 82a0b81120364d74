import type { Surroundings } from './subject.ts'

/** What is around this process. */
export function processSurroundings(env: Surroundings['env'] = process.env): Surroundings {
  const { stdout } = process
  return {
    nodeVersion: process.version,
    uid: process.getuid?.(),
    env,
    terminal: stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined,
  }
}
