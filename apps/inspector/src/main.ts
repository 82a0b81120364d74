#!/usr/bin/env node
import { runCli } from './cli.ts'
import { EXIT } from './exit-codes.ts'
import { processIo } from './process-io.ts'

process.once('SIGINT', () => process.exit(EXIT.interrupted))
// The screens give the terminal back when the process exits.
process.once('SIGHUP', () => process.exit(EXIT.hungUp))
process.once('SIGTERM', () => process.exit(EXIT.terminated))

process.exitCode = await runCli(process.argv.slice(2), processIo())
