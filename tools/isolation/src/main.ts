import { Matrix } from './matrix.ts'

// Checks the packed core in empty projects and prints a line for each check; exits with 1 when one fails.
await using matrix = await Matrix.open()
let failed = 0
for (const check of matrix.checks()) {
  try {
    await check.run()
    console.log(`ok      ${check.name}`)
  } catch (error) {
    failed++
    console.log(`FAILED  ${check.name}\n${error instanceof Error ? error.message : String(error)}`)
  }
}
process.exitCode = failed === 0 ? 0 : 1
