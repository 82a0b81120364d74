// Starts a server, prints its URL, and stops it when the input ends or a signal comes.
import { once } from 'node:events'
import { startPostgres } from './start-postgres.ts'

const server = await startPostgres({ durable: process.argv.includes('--durable') })
process.stdout.write(`${server.url}\n`)
await Promise.race([once(process.stdin.resume(), 'close'), once(process, 'SIGINT'), once(process, 'SIGTERM')])
process.stdin.destroy()
await server.close()
