import { MASK, MASK_OF_ROWS } from '../../contract/names.js'
import type { Graph } from '../../onnx/graph/graph.js'
import { float32, sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import { inferShapes } from '../../onnx/shapes/inferShapes.js'
import { isDropout } from '../../onnx/transform/removeDropout.js'
import { seededRandom } from '../../random.js'
import { type Batches, changedBatches } from './batches.js'

/** The mask of a dropout, which a training step is fed with. */
export interface DropoutMask {
  readonly name: string
  /** The share of the values that are dropped. */
  readonly ratio: number
  /** The shape of the mask of an example. */
  readonly dims: readonly number[]
}

/**
 * Returns a network whose dropouts take their masks as inputs of the training graph, and these masks. Drawn outside, they
 * are the same on every runtime, and after a checkpoint.
 */
export function withMasks(network: Graph): { readonly graph: Graph; readonly masks: readonly DropoutMask[] } {
  if (!network.nodes.some(isDropout)) return { graph: network, masks: [] }
  const graph = inferShapes(network).clone()
  const masks: DropoutMask[] = []
  graph.nodes = graph.nodes.map((node) => {
    if (!isDropout(node)) return node
    const name = `dropout_mask_${masks.length + 1}`
    const [ratio] = graph.initializers.get(node.inputs[1]!)!.data as Float32Array
    const dims = graph.info(node.inputs[0]!)!.shape!.slice(1) as number[]
    masks.push({ name, ratio: ratio!, dims: node.attributes[MASK_OF_ROWS] ? dims.map(() => 1) : dims })
    return { ...node, attributes: { ...node.attributes, [MASK]: { type: 'string', value: name } } }
  })
  return { graph, masks }
}

/** Returns the batches with masks. Each depends on seed, epoch and position alone. */
export function maskedBatches(batches: Batches, masks: readonly DropoutMask[], seed: number): Batches {
  if (masks.length === 0) return batches
  return changedBatches(batches, (batch, epoch) => {
    const drawn = drawMasks(masks, batch.labels.data.length, [seed, epoch, batch.position])
    return { ...batch, inputs: { ...batch.inputs, ...drawn } }
  })
}

/** Draws masks for the given number of examples: 0 where a value is dropped, else 1 / (1 - ratio). */
export function drawMasks(
  masks: readonly DropoutMask[],
  examples: number,
  keys: readonly number[],
): Record<string, Tensor<'float32'>> {
  const random = seededRandom('dropout', ...keys)
  return Object.fromEntries(
    masks.map(({ name, ratio, dims }) => {
      const shape = [examples, ...dims]
      const kept = 1 / (1 - ratio)
      return [
        name,
        float32(
          Float32Array.from({ length: sizeOf(shape) }, () => (random.next() < ratio ? 0 : kept)),
          shape,
        ),
      ]
    }),
  )
}
