import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'

const kept =
  /^(?:PATH|HOME|TMPDIR|NODE_EXTRA_CA_CERTS|(?:https?|no|all)_proxy|npm_config_(?:registry|cache|userconfig))$/i

/** An environment without what pnpm, turbo and vitest put there, which would decide where npm installs. */
function bareEnvironment(): Record<string, string> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value !== undefined && kept.test(name) ? [[name, value]] : [],
    ),
  )
  // npm reads the settings beside the Node that runs it, so the machine's own must run it and not the pinned one.
  const path = (inherited['PATH'] ?? '').split(delimiter).filter((directory) => !directory.includes('node_modules'))
  // Without a registry a run should fail soon; the default is to wait for it for a minute.
  return {
    ...inherited,
    PATH: path.join(delimiter),
    npm_config_fetch_retries: '2',
    npm_config_fetch_retry_mintimeout: '1000',
  }
}

/** Runs a program in a directory; rejects with what it printed when it fails. */
export async function run(directory: string, program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execa(program, args, {
    cwd: directory,
    env: bareEnvironment(),
    extendEnv: false,
    stdin: 'ignore',
  })
  return stdout
}

/**
 * Installs packages from the registry that this machine is set up for. No script of theirs runs.
 *
 * @throws {Error} when the registry is not reachable or lacks one of them.
 */
export async function npmInstall(directory: string, packages: readonly string[]): Promise<void> {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier']
  // With `--prefix` npm would look there for the settings of the machine, too. A manifest keeps it from looking further up.
  await mkdir(directory, { recursive: true })
  if (!existsSync(join(directory, 'package.json'))) await writeFile(join(directory, 'package.json'), '{}')
  await run(directory, 'npm', ['install', ...flags, ...packages])
}
