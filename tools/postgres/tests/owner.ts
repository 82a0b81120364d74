// Starts a server, tells about it, and ends when its input does, without a word to the server.
import { startPostgres } from '@latchless/postgres-server'

const { url, pid, keeperPid, directory } = await startPostgres()
process.send?.({ url, pid, keeperPid, directory })
process.stdin.resume()
