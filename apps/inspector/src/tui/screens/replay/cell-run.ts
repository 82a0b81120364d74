import type { Paint, Role } from '../../../terminal/theme.ts'

/** Puts characters of one cell each into a line, with as few changes of style as there are. */
export class CellRun {
  readonly #paint: Paint
  #line = ''
  #run = ''
  #role: Role | undefined

  constructor(paint: Paint) {
    this.#paint = paint
  }

  add(character: string, role?: Role): void {
    if (role !== this.#role) this.#flush()
    this.#role = role
    this.#run += character
  }

  end(): string {
    this.#flush()
    return this.#line
  }

  #flush(): void {
    this.#line += this.#role === undefined ? this.#run : this.#paint(this.#role, this.#run)
    this.#run = ''
  }
}
