import type { Random } from 'onnx-finetune'
import { type Colour, clamp } from './colour.js'
import type { Ink } from './inks.js'
import type { Shape } from './shapes.js'

/** The pixels in rows, three values each, 0 to 1. */
export interface Canvas {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

export const canvas = (width: number, height: number): Canvas => ({
  width,
  height,
  data: new Float32Array(width * height * 3),
})

/** The placement of a part in its scene. `squash` shortens its height, as if seen at a slant. */
export interface Place {
  readonly x?: number
  readonly y?: number
  readonly turn?: number
  readonly scale?: number
  readonly squash?: number
}

export interface Look {
  /** The width of the round edge that catches the light; 0 is flat. @default 0 */
  readonly round?: number
  /** The strength of the highlight. @default 0 */
  readonly gloss?: number
  /** The length of the shadow; 0 is none. @default 0 */
  readonly shadow?: number
  /** The opacity. @default 1 */
  readonly opacity?: number
  /** The width of the blurred edge. Default: one pixel. */
  readonly soft?: number
}

/** The map from the canvas to the coordinates of a part: x' = a x + b y + e, y' = c x + d y + f. */
interface Frame {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly e: number
  readonly f: number
  /** Length of the part's unit on the canvas, in its shorter direction. */
  readonly unit: number
}

const TILE = 8
/** Bent and uneven shapes are nearer than their distance says. */
const SLACK = 1.6

/**
 * A canvas, a light and a frame of reference. The middle is (0, 0), the shorter side of the canvas goes from -1 to 1.
 */
export class Scene {
  constructor(
    readonly canvas: Canvas,
    readonly random: Random,
    /** The direction to the light in the plane, of length 0 to 1. */
    private readonly light: readonly [number, number],
    private readonly frame: Frame = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0, unit: 1 },
  ) {}

  /** Returns the same scene in the coordinates of a part of it. */
  at({ x = 0, y = 0, turn = 0, scale = 1, squash = 1 }: Place): Scene {
    const { frame } = this
    const [cos, sin] = [Math.cos(turn) / scale, Math.sin(turn) / scale]
    const [a, b, c, d] = [cos, sin, -sin / squash, cos / squash]
    const [ex, fy] = [frame.e - x, frame.f - y]
    return new Scene(this.canvas, this.random, this.light, {
      a: a * frame.a + b * frame.c,
      b: a * frame.b + b * frame.d,
      c: c * frame.a + d * frame.c,
      d: c * frame.b + d * frame.d,
      e: a * ex + b * fy,
      f: c * ex + d * fy,
      unit: frame.unit * scale * Math.min(squash, 1),
    })
  }

  /** Paints a shape, with its shadow. */
  put(shape: Shape, ink: Ink, look: Look = {}): void {
    const { round = 0, gloss = 0, shadow = 0, opacity = 1, soft = 0 } = look
    if (shadow > 0) this.#shade(shape, shadow)
    const { a, b, c, d, e, f } = this.frame
    this.#cover(shape, soft, opacity, (px, py, distance) => {
      const [x, y] = [a * px + b * py + e, c * px + d * py + f]
      const colour = ink(x, y, -distance)
      return round > 0 ? this.#lit(colour, shape, px, py, distance, round, gloss) : colour
    })
  }

  /** Paints everything. */
  fill(ink: Ink): void {
    this.put(() => -9, ink)
  }

  #shade(shape: Shape, length: number): void {
    const [dx, dy] = this.light
    const { frame } = this
    const { a, b, c, d, e, f } = frame
    const far = length * frame.unit
    const away = { ...frame, e: e + (a * dx + b * dy) * far, f: f + (c * dx + d * dy) * far }
    const below = new Scene(this.canvas, this.random, this.light, away)
    below.#cover(shape, length * 1.2, 0.45, () => BLACK)
  }

  /** Shades a rounded edge: the normal leans outwards near it (Lambert's law, and a highlight). */
  #lit(colour: Colour, shape: Shape, px: number, py: number, distance: number, round: number, gloss: number): Colour {
    const step = 0.01
    const gx = this.#distance(shape, px + step, py) - distance
    const gy = this.#distance(shape, px, py + step) - distance
    const length = Math.hypot(gx, gy) || 1
    const lean = clamp(1 + distance / (round * this.frame.unit)) ** 1.5
    const [lx, ly] = this.light
    const upright = Math.sqrt(Math.max(1 - lean * lean, 0.02))
    const facing = ((gx / length) * lx + (gy / length) * ly) * lean + upright * 0.8
    const brightness = 0.42 + 0.68 * Math.max(facing, 0)
    const highlight = gloss * Math.max(facing, 0) ** 12
    return [colour[0] * brightness + highlight, colour[1] * brightness + highlight, colour[2] * brightness + highlight]
  }

  #distance(shape: Shape, px: number, py: number): number {
    const { a, b, c, d, e, f, unit } = this.frame
    return shape(a * px + b * py + e, c * px + d * py + f) * unit
  }

  /** Visits the pixels that a shape covers, tile by tile: most tiles are far from it. */
  #cover(shape: Shape, soft: number, opacity: number, paint: (x: number, y: number, distance: number) => Colour): void {
    const { width, height, data } = this.canvas
    const pixel = 2 / Math.min(width, height)
    const blur = Math.max(soft * this.frame.unit, pixel)
    const reach = (TILE / 2) * Math.SQRT2 * pixel * SLACK + blur
    for (let top = 0; top < height; top += TILE)
      for (let left = 0; left < width; left += TILE) {
        const [middleX, middleY] = [(left + TILE / 2 - width / 2) * pixel, (top + TILE / 2 - height / 2) * pixel]
        if (this.#distance(shape, middleX, middleY) > reach) continue
        for (let row = top; row < Math.min(top + TILE, height); row++)
          for (let column = left; column < Math.min(left + TILE, width); column++) {
            const [x, y] = [(column + 0.5 - width / 2) * pixel, (row + 0.5 - height / 2) * pixel]
            const distance = this.#distance(shape, x, y)
            const share = clamp(0.5 - distance / blur) * opacity
            if (share <= 0) continue
            const colour = paint(x, y, distance)
            const at = (row * width + column) * 3
            for (let i = 0; i < 3; i++) data[at + i]! += (colour[i]! - data[at + i]!) * share
          }
      }
  }
}

const BLACK: Colour = [0, 0, 0]
