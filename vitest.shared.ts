import { defineConfig } from 'vitest/config'

/** Tests run on the sources, or, with LATCHLESS_TEST_DIST set, the same tests on the built output. */
const onDist = Boolean(process.env['LATCHLESS_TEST_DIST'])
const run = onDist ? 'dist' : 'source'
const conditions = onDist ? [] : ['@latchless/source']

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
    execArgv: conditions.map((condition) => `--conditions=${condition}`),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: `node_modules/.cache/test-results.${run}.json` }]],
  },
})
