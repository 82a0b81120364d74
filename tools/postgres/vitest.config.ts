import { defineConfig, mergeConfig } from 'vitest/config'
// @boundaries-ignore the test settings at the root are shared by all packages
import shared from '../../vitest.shared.ts'

export default mergeConfig(shared, defineConfig({ test: { globalSetup: './src/global-setup.ts' } }))
