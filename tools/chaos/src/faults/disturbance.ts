/** Something that can be done to a running store or to its workers. Resolves when it is over. */
export interface Disturbance {
  readonly kind: string
  /** Against the others. */
  readonly weight: number
  /** Whether it can be done now. Default true. */
  readonly isPossible?: (() => boolean) | undefined
  /** `fraction` is a random number from 0 to 1, for whatever is to be chosen. */
  run(random: { fraction(): number }): Promise<void>
}
