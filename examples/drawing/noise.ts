import type { Random } from 'onnx-finetune'
import type { Shape } from './shapes.js'

const SIZE = 64
const MASK = SIZE - 1

/**
 * Makes smooth noise over the plane, 0 to 1: random values on a grid, `scale` cells to a unit, with finer octaves on
 * top.
 */
export function noise(random: Random, scale: number, octaves = 2, stretch = 1): Shape {
  const table = Float32Array.from({ length: SIZE * SIZE }, () => random.next())
  const total = 2 - 2 ** (1 - octaves)
  return (x, y) => {
    let [sum, weight, step] = [0, 1, scale]
    for (let octave = 0; octave < octaves; octave++) {
      sum += weight * lattice(table, x * step, y * step * stretch)
      weight /= 2
      step *= 2.1
    }
    return sum / total
  }
}

/** Interpolates smoothly between the four values around a point. */
function lattice(table: Float32Array, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [u, v] = [smooth(x - left), smooth(y - top)]
  const [row, next] = [(top & MASK) * SIZE, ((top + 1) & MASK) * SIZE]
  const [column, right] = [left & MASK, (left + 1) & MASK]
  const above = table[row + column]! + (table[row + right]! - table[row + column]!) * u
  const below = table[next + column]! + (table[next + right]! - table[next + column]!) * u
  return above + (below - above) * v
}

const smooth = (t: number): number => t * t * (3 - 2 * t)
