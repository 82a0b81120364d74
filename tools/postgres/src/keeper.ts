// A process that owns one server. Its standard input is a pipe held by whoever asked for the server: when that process
// ends, in whatever way, the pipe closes, and the keeper stops the server and removes its directory.
import { once } from 'node:events'
import { type ClusterOptions, startCluster } from './cluster.ts'
import { findPrograms } from './programs.ts'
import { fastParent, makeServerDirectory, removeServerDirectory, sweepServerDirectories } from './server-directory.ts'

const released = once(process.stdin.resume(), 'close')
const options = JSON.parse(process.argv[2] ?? '') as ClusterOptions
const directories: string[] = []

async function makeDirectory(parent?: string): Promise<string> {
  const directory = await makeServerDirectory(parent)
  directories.push(directory)
  return directory
}

await sweepServerDirectories()
// If the keeper is killed from here on, the directories and the server stay until the next keeper sweeps.
try {
  const directory = await makeDirectory(options.durable ? undefined : await fastParent())
  // Not below the data's directory: programs may not be run from every place that takes data.
  const programs = await findPrograms(() => makeDirectory())
  const cluster = await startCluster(directory, programs, options)
  // When nobody reads any more, the closed standard input says so too.
  process.stdout.on('error', () => {})
  process.stdout.write(`${JSON.stringify({ url: cluster.url, pid: cluster.pid, directory })}\n`)
  await Promise.race([released, cluster.ended])
  await cluster.stop()
} finally {
  for (const directory of directories) await removeServerDirectory(directory)
}
