import type { Random } from 'onnx-finetune'
import { anyExposure, photograph } from './camera.js'
import { canvas, Scene } from './Scene.js'

export interface Bitmap {
  readonly width: number
  readonly height: number
  /** The pixels: RGB, row by row. */
  readonly data: Uint8Array
}

/**
 * Takes a photograph of what `draw` puts into a scene with light from anywhere, in a `hurry` between 0 and 1 (see
 * `anyExposure`).
 */
export function snapshot(
  random: Random,
  width: number,
  height: number,
  hurry: number,
  draw: (scene: Scene) => void,
): Bitmap {
  const paper = canvas(width, height)
  const angle = random.uniform(0, 2 * Math.PI)
  const slope = random.uniform(0.3, 0.8)
  draw(new Scene(paper, random, [Math.cos(angle) * slope, Math.sin(angle) * slope]))
  return { width, height, data: photograph(paper, anyExposure(random, hurry), random) }
}
