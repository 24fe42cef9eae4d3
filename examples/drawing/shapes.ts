/**
 * Shapes as signed distances: how far a point is from the edge, negative inside. x goes right, y goes down.
 * Formulas: Inigo Quilez, "2D distance functions", https://iquilezles.org/articles/distfunctions2d/
 */
export type Shape = (x: number, y: number) => number
export type Point = readonly [x: number, y: number]

/** `points(0, 0, 1, 2)` is (0, 0) and (1, 2). */
export const points = (...numbers: readonly number[]): Point[] =>
  Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i]!, numbers[2 * i + 1]!])

export const disc =
  (radius: number): Shape =>
  (x, y) =>
    Math.hypot(x, y) - radius

/** A rectangle by half its width and half its height, with round corners. */
export const box =
  (width: number, height: number, corner = 0): Shape =>
  (x, y) => {
    const [dx, dy] = [Math.abs(x) - width + corner, Math.abs(y) - height + corner]
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - corner
  }

/** A bar with round ends, along x: `length` is half of the whole. */
export const capsule = (length: number, radius: number): Shape => box(length, radius, radius)

/** An ellipse, nearly: right at the edge, too short a distance far away. */
export const ellipse =
  (width: number, height: number): Shape =>
  (x, y) => {
    const scaled = Math.hypot(x / width, y / height)
    const slope = Math.hypot(x / (width * width), y / (height * height))
    return slope === 0 ? -Math.min(width, height) : (scaled * (scaled - 1)) / slope
  }

export function polygon(points: readonly Point[]): Shape {
  return (x, y) => {
    let [nearest, inside] = [Number.POSITIVE_INFINITY, false]
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [ax, ay] = points[i]!
      const [bx, by] = points[j]!
      nearest = Math.min(nearest, toSegment(x, y, ax, ay, bx, by))
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
    }
    return inside ? -nearest : nearest
  }
}

/** Regular corners on a circle; every other one may lie at `inner` of the radius, which makes a star. */
export function corners(count: number, radius: number, inner = 1): Point[] {
  const around = inner === 1 ? count : 2 * count
  return Array.from({ length: around }, (_, i) => {
    const [angle, reach] = [(i / around) * 2 * Math.PI - Math.PI / 2, i % 2 ? radius * inner : radius]
    return [Math.cos(angle) * reach, Math.sin(angle) * reach]
  })
}

/** A line through points, `radius` thick on either side. Far from it, a shorter distance is good enough. */
export function stroke(points: readonly Point[], radius: number): Shape {
  const [cx, cy] = [middle(points.map(([x]) => x)), middle(points.map(([, y]) => y))]
  const reach = Math.max(...points.map(([x, y]) => Math.hypot(x - cx, y - cy)))
  return (x, y) => {
    const outside = Math.hypot(x - cx, y - cy) - reach - radius
    if (outside > radius) return outside
    let nearest = Number.POSITIVE_INFINITY
    for (let i = 1; i < points.length; i++) {
      const [a, b] = [points[i - 1]!, points[i]!]
      nearest = Math.min(nearest, toSegment(x, y, a[0], a[1], b[0], b[1]))
    }
    return nearest - radius
  }
}

const middle = (values: readonly number[]): number => (Math.min(...values) + Math.max(...values)) / 2

/** Points of a curve, from 0 to 1. */
export const along = (count: number, at: (t: number) => Point): Point[] =>
  Array.from({ length: count + 1 }, (_, i) => at(i / count))

function toSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const [px, py, dx, dy] = [x - ax, y - ay, bx - ax, by - ay]
  const t = Math.min(Math.max((px * dx + py * dy) / (dx * dx + dy * dy || 1), 0), 1)
  return Math.hypot(px - dx * t, py - dy * t)
}

export const union =
  (...shapes: readonly Shape[]): Shape =>
  (x, y) => {
    let nearest = Number.POSITIVE_INFINITY
    for (const shape of shapes) nearest = Math.min(nearest, shape(x, y))
    return nearest
  }
export const both =
  (a: Shape, b: Shape): Shape =>
  (x, y) =>
    Math.max(a(x, y), b(x, y))
export const without =
  (a: Shape, b: Shape): Shape =>
  (x, y) =>
    Math.max(a(x, y), -b(x, y))
export const grown =
  (shape: Shape, by: number): Shape =>
  (x, y) =>
    shape(x, y) - by
/** The part of a shape within `width` of its edge. */
export const outline =
  (shape: Shape, width: number): Shape =>
  (x, y) =>
    Math.abs(shape(x, y)) - width
export const moved =
  (shape: Shape, dx: number, dy: number): Shape =>
  (x, y) =>
    shape(x - dx, y - dy)
export function turned(shape: Shape, angle: number): Shape {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return (x, y) => shape(cos * x + sin * y, cos * y - sin * x)
}
/** Bends what is straight along x into a bow. */
export const bent =
  (shape: Shape, curvature: number): Shape =>
  (x, y) =>
    shape(x, y + curvature * x * x)
/** An uneven edge: `noise` moves it by up to `amount`. */
export const uneven =
  (shape: Shape, noise: Shape, amount: number): Shape =>
  (x, y) =>
    shape(x, y) + (noise(x, y) - 0.5) * 2 * amount
