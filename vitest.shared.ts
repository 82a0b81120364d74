import { defineConfig } from 'vitest/config'

/** Tests run on the sources, or, with LATCHLESS_TEST_DIST set, the same tests on the built output. */
const onDist = Boolean(process.env['LATCHLESS_TEST_DIST'])
const run = onDist ? 'dist' : 'source'
const conditions = onDist ? [] : ['@latchless/source']
/**
 * Every thread strips the types of the TypeScript it loads, in WebAssembly. After 1,000 calls V8 compiles a better wrapper for
 * those calls, and with several threads at it, the process dies of SIGSEGV (Node 24.21). So it is told to leave the wrapper.
 */
const keepWrapper = '--wasm-wrapper-tiering-budget=2000000000'

export default defineConfig({
  ssr: { resolve: { conditions: [...conditions, 'module', 'node'] } },
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    // Import CommonJS as Node does, so that tests load what users load.
    deps: { interopDefault: false },
    pool: 'forks',
    // Most tests wait for a disk, a server or other processes. The default is one file at a time on two cores.
    maxWorkers: 2,
    // Processes that a test forks inherit these flags, so they load the same code as the test.
    execArgv: [...conditions.map((condition) => `--conditions=${condition}`), keepWrapper],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: `node_modules/.cache/test-results.${run}.json` }]],
  },
})
