/** A bar: its length is `value` on the chart's scale, `label` stands at its end. */
export interface ChartBar {
  readonly value: number
  readonly label: string
  /** Ours are set off by colour. */
  readonly series: 'ours' | 'peer' | 'quiet'
}

export interface ChartRow {
  readonly label: string
  readonly bars: readonly ChartBar[]
}

export interface Chart {
  readonly title: string
  readonly subtitle: string
  /** Explains the colours. */
  readonly legend: readonly { readonly series: ChartBar['series']; readonly label: string }[]
  readonly rows: readonly ChartRow[]
}

const WIDTH = 860
const LABEL_WIDTH = 290
const VALUE_WIDTH = 200
const BAR_HEIGHT = 13
const ROW_GAP = 9
const TOP = 78
const PLOT = WIDTH - LABEL_WIDTH - VALUE_WIDTH

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 }
  .soft { fill: #57606a }
  .ours { fill: #0a7d5a } .peer { fill: #8c959f } .quiet { fill: #c8d1da }
  .axis { stroke: #d0d7de }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .soft { fill: #9198a1 }
    .ours { fill: #3fb68b } .peer { fill: #768390 } .quiet { fill: #444c56 }
    .axis { stroke: #3d444d }
  }`

/**
 * Horizontal bars on a logarithmic scale from a power of ten below the least value, in a picture without background, which
 * reads on light and on dark pages.
 */
export function barChart({ title, subtitle, legend, rows }: Chart): string {
  const scale = scaleOf(rows.flatMap(({ bars }) => bars.map(({ value }) => value)))
  const parts: string[] = []
  let y = TOP
  for (const { label, bars } of rows) {
    const height = bars.length * BAR_HEIGHT
    parts.push(text(LABEL_WIDTH - 8, y + height / 2 + 4, label, 'anchor-end'))
    for (const { value, label: valueLabel, series } of bars) {
      const length = scale.lengthOf(value)
      parts.push(
        `<rect class="${series}" x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR_HEIGHT - 2}" rx="2"/>`,
      )
      parts.push(text(LABEL_WIDTH + length + 6, y + BAR_HEIGHT - 3, valueLabel, 'soft'))
      y += BAR_HEIGHT
    }
    y += ROW_GAP
  }
  const axis = scale.ticks.map((value) => {
    const x = LABEL_WIDTH + scale.lengthOf(value)
    return `<line class="axis" x1="${x}" y1="${TOP - 6}" x2="${x}" y2="${y}"/>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 4}" width="${WIDTH}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}\n  .anchor-end { text-anchor: end }\n</style>`,
    text(16, 26, title, 'title'),
    text(16, 45, subtitle, 'soft'),
    ...legendOf(legend),
    ...axis,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function legendOf(legend: Chart['legend']): string[] {
  let x = 16
  return legend.flatMap(({ series, label }) => {
    const at = x
    x += 34 + label.length * 6.6
    return [
      `<rect class="${series}" x="${at}" y="55" width="11" height="11" rx="2"/>`,
      text(at + 16, 65, label, 'soft'),
    ]
  })
}

function scaleOf(values: readonly number[]): { lengthOf(value: number): number; readonly ticks: readonly number[] } {
  const positive = values.filter((value) => value > 0)
  const low = Math.floor(Math.log10(Math.min(...positive)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...positive))))
  if (positive.length === 0) return { lengthOf: () => 0, ticks: [] }
  return {
    lengthOf: (value) => (value > 0 ? round(((Math.log10(value) - low) / (high - low)) * PLOT) : 0),
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  }
}

function text(x: number, y: number, content: string, className: string): string {
  return `<text class="${className}" x="${round(x)}" y="${round(y)}">${escape(content)}</text>`
}

function escape(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
