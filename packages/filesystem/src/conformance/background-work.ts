/** Work that goes on while something else is done again and again until it has ended. Whoever began it awaits it. */
export class BackgroundWork {
  #isRunning = true

  constructor(work: Promise<unknown>) {
    void this.#follow(work)
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  async #follow(work: Promise<unknown>): Promise<void> {
    await Promise.allSettled([work])
    this.#isRunning = false
  }
}
