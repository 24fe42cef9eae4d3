import type { Tensor } from '../../onnx/graph/tensor.js'

/** The images whose score for a class reaches a threshold: those of the class, and others. */
export interface Reached {
  readonly threshold: number
  readonly hits: number
  readonly falseAlarms: number
}

/** Counts the images that reach each score that occurs for a class; from the highest score to the lowest. */
export function countReached(
  { data, dims }: Tensor<'float32'>,
  labels: ArrayLike<number>,
  label: number,
): readonly Reached[] {
  const [rows = 0, classes = 0] = dims
  return reachedBy(
    rows,
    (row) => data[row * classes + label]!,
    (row) => labels[row] === label,
  )
}

/** Does the same by functions that return the score of an image, and tell whether it is of the class. */
export function reachedBy(
  images: number,
  scoreOf: (image: number) => number,
  isOfClass: (image: number) => boolean,
): readonly Reached[] {
  const order = Uint32Array.from({ length: images }, (_, image) => image).sort((a, b) => scoreOf(b) - scoreOf(a))
  const steps: Reached[] = []
  let [hits, falseAlarms] = [0, 0]
  for (const [place, image] of order.entries()) {
    if (isOfClass(image)) hits++
    else falseAlarms++
    const isLastOfEqual = place + 1 === images || scoreOf(order[place + 1]!) !== scoreOf(image)
    if (isLastOfEqual) steps.push({ threshold: scoreOf(image), hits, falseAlarms })
  }
  return steps
}
