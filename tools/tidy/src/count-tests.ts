// Usage: node src/count-tests.ts [--gates-failed=N] RUN…
// Prints one closing line for all packages and runs; exits 1 when a test or a gate failed or a package ran no test.
import { parseArgs } from 'node:util'
import { REPOSITORY_ROOT } from './repository.ts'
import { packageDirectories, totalTests } from './test-counts.ts'

const { values, positionals } = parseArgs({
  options: { 'gates-failed': { type: 'string', default: '0' } },
  allowPositionals: true,
})
const gatesFailed = Number(values['gates-failed'])
const { passed, failed, skipped, silent } = totalTests(packageDirectories(REPOSITORY_ROOT), positionals)

for (const name of silent) console.log(`${name} ran no test`)
if (gatesFailed > 0) console.log(`${gatesFailed} gates failed, named above`)
if (skipped > 0) console.log(`${skipped} tests skipped, each with its reason in the log above`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 || silent.length > 0 || gatesFailed !== 0 ? 1 : 0
