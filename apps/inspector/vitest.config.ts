import { defineConfig, mergeConfig } from 'vitest/config'
// @boundaries-ignore the test settings at the root are shared by all packages
import shared from '../../vitest.shared.ts'

// A path: by its name vitest would find only the built file, which may be old or missing.
export default mergeConfig(shared, defineConfig({ test: { globalSetup: '../../tools/postgres/src/global-setup.ts' } }))
