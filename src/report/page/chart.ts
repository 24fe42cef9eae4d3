import { line } from 'd3-shape'
import { type Html, html, name } from './html.js'
import type { Scale } from './scale.js'

export interface Line {
  readonly name: string
  /** The line style, a class of the style sheet: `train`, `validation`, `steps`, `group-0` ... `group-3`. */
  readonly style: string
  readonly points: readonly Point[]
  /** True to draw a dot at each point. */
  readonly dots?: boolean
}

export interface Point {
  readonly x: number
  readonly y: number
  /** The tooltip of the point. */
  readonly label?: string
}

/** A position in the image, in its own units. */
interface Place {
  readonly left: number
  readonly top: number
}

const WIDTH = 360
const HEIGHT = 210
const AREA = { left: 44, right: 350, top: 10, bottom: 176 }

/**
 * Draws a line chart as inline SVG, with a legend. Points that are not finite interrupt a line; a single point between
 * two of them is a dot.
 */
export function chart(title: string, lines: readonly Line[], x: Scale, y: Scale, xLabel: string): Html {
  const place = ({ x: px, y: py }: Point): Place => ({
    left: round(AREA.left + x.place(px) * (AREA.right - AREA.left)),
    top: round(AREA.bottom - y.place(py) * (AREA.bottom - AREA.top)),
  })
  return html`<figure class="chart"><figcaption>${title}</figcaption>
${legend(lines)}<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
${y.ticks.map(({ value, label }) => yTick(label, place({ x: 0, y: value }).top))}
${x.ticks.map(({ value, label }) => xTick(label, place({ x: value, y: 0 }).left))}
<path class="axis" d="M${AREA.left} ${AREA.top}V${AREA.bottom}H${AREA.right}"/>
<text class="label" x="${(AREA.left + AREA.right) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${xLabel}</text>
${lines.map((line) => drawn(line, place))}
</svg></figure>
`
}

const legend = (lines: readonly Line[]): Html =>
  html`<ul class="legend">${lines.map(
    (line) =>
      html`<li><svg viewBox="0 0 24 8" aria-hidden="true"><path class="line ${line.style}" d="M1 4H23"/></svg>${name(line.name)}</li>`,
  )}</ul>`

const yTick = (label: string, top: number): Html =>
  html`<path class="grid" d="M${AREA.left} ${top}H${AREA.right}"/><text x="${AREA.left - 5}" y="${top + 4}" text-anchor="end">${label}</text>
`

const xTick = (label: string, left: number): Html =>
  html`<text x="${left}" y="${AREA.bottom + 15}" text-anchor="middle">${label}</text>
`

function drawn({ style, points, dots }: Line, place: (point: Point) => Place): Html {
  const isNumber = ({ y }: Point) => Number.isFinite(y)
  const path = line<Point>()
    .defined(isNumber)
    .x((point) => place(point).left)
    .y((point) => place(point).top)
  return html`<path class="line ${style}" d="${path(points) ?? ''}"/>
${dots && points.filter(isNumber).map((point) => dot(style, point, place(point)))}`
}

const dot = (style: string, { label }: Point, { left, top }: Place): Html =>
  html`<circle class="dot ${style}" cx="${left}" cy="${top}" r="3">${label && html`<title>${label}</title>`}</circle>
`

const round = (value: number): number => Math.round(value * 10) / 10
