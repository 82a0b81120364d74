// @boundaries-ignore the test settings at the root are shared by all packages
export { default } from '../../vitest.shared.ts'
