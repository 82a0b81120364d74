import type { Lens } from '../../../trace/lane-cells.ts'
import { aligned, fitting, lensOf, type LensView, panned, showing, stepAbove, zoomed } from './lens-view.ts'

/** What is in sight of a stretch of time, over some columns. */
export class Sight {
  readonly #whole: Lens
  #columns = 80
  #view: LensView

  /** `eventUs` is how far events are apart: so near that they can be told apart it begins, or with all of it in sight. */
  constructor(whole: Lens, eventUs: number) {
    this.#whole = whole
    const usPerColumn = stepAbove(eventUs)
    this.#view = usPerColumn >= this.#all.usPerColumn ? this.#all : { fromUs: whole.fromUs, usPerColumn }
  }

  get lens(): Lens {
    return lensOf(this.#view, this.#columns)
  }

  get usPerColumn(): number {
    return this.#view.usPerColumn
  }

  get columns(): number {
    return this.#columns
  }

  get isWhole(): boolean {
    return this.#view.fromUs === this.#all.fromUs && this.#view.usPerColumn === this.#all.usPerColumn
  }

  /** How many columns there are. All that was in sight still is; otherwise this time is. */
  layOut(columns: number, us: number): void {
    if (columns === this.#columns) return
    const { isWhole } = this
    this.#columns = columns
    this.#look(isWhole ? this.#all : showing(this.#view, us, columns))
  }

  show(us: number): void {
    this.#look(showing(this.#view, us, this.#columns))
  }

  /** Has a time near the right end. */
  showAtEnd(us: number): void {
    const { usPerColumn } = this.#view
    this.#look({ usPerColumn, fromUs: us - (this.#columns - 2) * usPerColumn })
  }

  zoom(by: 'in' | 'out', aboutUs: number): void {
    this.#look(zoomed(this.#view, by, aboutUs, this.#whole, this.#columns))
  }

  pan(by: 1 | -1): void {
    const next = panned(this.#view, by * Math.max(1, Math.floor(this.#columns / 4)))
    const { fromUs, toUs } = lensOf(next, this.#columns)
    if (fromUs <= this.#whole.toUs && toUs >= this.#whole.fromUs) this.#look(next)
  }

  fit(stretch: Lens = this.#whole): void {
    this.#look(fitting(stretch, this.#columns))
  }

  get place(): LensView & { readonly columns: number } {
    return { ...this.#view, columns: this.#columns }
  }

  /** Looks as at a part of the same time. */
  adopt({ columns, fromUs, usPerColumn }: LensView & { readonly columns: number }): void {
    this.#columns = columns
    this.#look({ fromUs, usPerColumn })
  }

  get #all(): LensView {
    return aligned(fitting(this.#whole, this.#columns), this.#whole.fromUs)
  }

  #look(view: LensView): void {
    this.#view = aligned(view, this.#whole.fromUs)
  }
}
