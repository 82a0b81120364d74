export { Matrix } from './matrix.ts'
export type { Check } from './matrix.ts'
