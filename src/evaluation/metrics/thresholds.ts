import type { Tensor } from '../../onnx/graph/tensor.js'

/** The images whose score for a class reaches a threshold: those of the class, and others. */
export interface Reached {
  readonly threshold: number
  readonly hits: number
  readonly falseAlarms: number
}

/** Counts, for each score that occurs, the images that reach it; from the highest score to the lowest. */
export function countReached(
  { data, dims }: Tensor<'float32'>,
  labels: ArrayLike<number>,
  label: number,
): readonly Reached[] {
  const [rows = 0, classes = 0] = dims
  const scoreOf = (row: number) => data[row * classes + label]!
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => scoreOf(b) - scoreOf(a))
  const steps: Reached[] = []
  let [hits, falseAlarms] = [0, 0]
  for (const [place, row] of order.entries()) {
    if (labels[row] === label) hits++
    else falseAlarms++
    const isLastOfEqual = place + 1 === rows || scoreOf(order[place + 1]!) !== scoreOf(row)
    if (isLastOfEqual) steps.push({ threshold: scoreOf(row), hits, falseAlarms })
  }
  return steps
}
