import { float32 } from '../onnx/graph/tensor.js'
import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { normal, zeros } from './inits.js'
import type { TorchLayers } from './TorchLayers.js'

/** The side of the maps that the first linear layer reads: 7 at 224 pixels. */
const SIDE = 7
/** The factor by which five pools shrink the image. */
const SHRINKS = 32
/** The channels of the hidden linear layers, for each of the first stage. */
const HIDDEN = 64

/**
 * Builds VGG with batch norm (Simonyan and Zisserman 2014, table 1), laid out as in torchvision, without dropout.
 *
 * @param stages the number of 3x3 convolutions before each pool
 */
export function vgg(name: string, stages: readonly number[]): Architecture {
  return {
    name,
    head: { weight: 'classifier.6.weight', bias: 'classifier.6.bias' },
    defaultWidth: 64,
    leastSize: SHRINKS,
    ...IMAGENET,
    build({ classes, imageSize, width }) {
      const { net, input } = newNetwork(name, imageSize)
      let [x, from, place] = [input, 3, 0]
      for (const [stage, count] of stages.entries()) {
        const to = width * Math.min(2 ** stage, 8)
        for (let i = 0; i < count; i++) {
          const options = { from, to, kernel: 3, pad: 1, bias: zeros }
          const y = net.conv(`features.${place}`, x, options)
          x = net.relu(`features.${place + 2}`, net.batchNorm(`features.${place + 1}`, y, to))
          from = to
          place += 3
        }
        x = net.maxPool(`features.${place++}`, x, 2, 2, 0)
      }
      x = adaptiveAveragePool(net, x, Math.floor(imageSize / SHRINKS))
      classify(net, x, { from: from * SIDE * SIDE, hidden: width * HIDDEN, classes })
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

function classify(net: TorchLayers, x: string, sizes: { from: number; hidden: number; classes: number }): void {
  const { from, hidden, classes } = sizes
  const init = { weight: normal, bias: zeros }
  let y = net.op('', 'Flatten', [x])
  y = net.relu('classifier.1', net.linear('classifier.0', y, { from, to: hidden, ...init }))
  y = net.relu('classifier.4', net.linear('classifier.3', y, { from: hidden, to: hidden, ...init }))
  const logits = net.linear('classifier.6', y, { from: hidden, to: classes, ...init, output: 'logits' })
  net.g.output(logits, 'float32', ['N', classes])
}

/**
 * Adds torch's adaptive average pool to SIDE x SIDE: position i is the mean of the positions from floor(i size / SIDE)
 * up to ceil((i + 1) size / SIDE). Along each axis that is a product with a matrix.
 */
function adaptiveAveragePool(net: TorchLayers, x: string, size: number): string {
  if (size === SIDE) return x
  if (size % SIDE === 0) return net.averagePool('avgpool', x, size / SIDE)
  const rows = Array.from({ length: SIDE }, (_, i) => {
    const [begin, end] = [Math.floor((i * size) / SIDE), Math.ceil(((i + 1) * size) / SIDE)]
    return Array.from({ length: size }, (_, at) => (at >= begin && at < end ? 1 / (end - begin) : 0))
  })
  const columns = rows[0]!.map((_, at) => rows.map((row) => row[at]!))
  const down = net.g.constant(float32(rows.flat(), [SIDE, size]))
  const across = net.g.constant(float32(columns.flat(), [size, SIDE]))
  return net.op('avgpool.columns', 'MatMul', [net.op('avgpool.rows', 'MatMul', [down, x]), across])
}
