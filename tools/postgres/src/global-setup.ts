// For `globalSetup` of vitest: one server for all test files of a run, or the one that the environment names.
import { startPostgres } from './start-postgres.ts'

const VARIABLE = 'LATCHLESS_TEST_DATABASE_URL'

/** Workers are forked later and get the environment as it is then. The function returned ends what was started. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[VARIABLE]) return undefined
  const server = await startPostgres()
  process.env[VARIABLE] = server.url
  return async () => {
    delete process.env[VARIABLE]
    await server.close()
  }
}
