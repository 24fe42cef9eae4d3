import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { inFanIn } from './inits.js'
import { headOf } from './layers.js'
import type { TorchLayers } from './TorchLayers.js'

const STEM = 24
/** The channels and the number of blocks of each stage. */
const STAGES = [
  [116, 4],
  [232, 8],
  [464, 4],
] as const
const LAST = 1024

/**
 * ShuffleNetV2 1x (Ma et al. 2018, table 5), laid out as in torchvision. The table lists the channels of each width and
 * has no rule for others, so there is one width.
 */
export const shufflenetV2: Architecture = {
  name: 'shufflenet_v2_x1_0',
  head: { weight: 'fc.weight', bias: 'fc.bias' },
  defaultWidth: STEM,
  widthStep: 'fixed',
  ...IMAGENET,
  build({ classes, imageSize }) {
    const { net, input } = newNetwork('shufflenet_v2_x1_0', imageSize)
    const layer = (name: string, x: string, options: { from: number; to: number; kernel: number; stride: number }) => {
      const y = net.conv(`${name}.0`, x, { ...options, pad: (options.kernel - 1) / 2, weight: inFanIn })
      return net.relu(`${name}.2`, net.batchNorm(`${name}.1`, y, options.to))
    }
    let x = net.maxPool('maxpool', layer('conv1', input, { from: 3, to: STEM, kernel: 3, stride: 2 }), 3, 2, 1)
    let side = halved(halved(imageSize))
    let from: number = STEM
    for (const [i, [to, blocks]] of STAGES.entries()) {
      side = halved(side)
      for (let block = 0; block < blocks; block++) {
        const module = `stage${i + 2}.${block}`
        const joined = block === 0 ? shrinkingUnit(net, module, x, from, to) : unit(net, module, x, to)
        x = shuffle(net, module, joined, to, side)
        from = to
      }
    }
    headOf(net, 'fc', layer('conv5', x, { from, to: LAST, kernel: 1, stride: 1 }), { from: LAST, to: classes })
    return { graph: net.g.graph, tensors: net.tensors }
  },
}

/** Returns the side of a map after a 3x3 window of stride 2 with a pixel of padding. */
const halved = (side: number): number => Math.ceil(side / 2)

/** Adds a unit that changes one half of the channels. */
function unit(net: TorchLayers, module: string, x: string, channels: number): string {
  const outputs = [`/${module}/kept`, `/${module}/changed`]
  const half = channels / 2
  const [kept, changed] = net.g.ops('Split', [x, net.g.ints(half, half)], { axis: 1 }, { outputs }) as [string, string]
  const branch = deepBranch(net, `${module}.branch2`, changed, { from: half, to: half, stride: 1 })
  return net.op(module, 'Concat', [kept, branch], { axis: 1 })
}

/** Adds a unit that halves the image: two branches of all channels. */
function shrinkingUnit(net: TorchLayers, module: string, x: string, from: number, to: number): string {
  const branch = `${module}.branch1`
  let y = depthwise(net, branch, 0, x, from, 2)
  y = pointwise(net, branch, 2, y, { from, to: to / 2 })
  const deep = deepBranch(net, `${module}.branch2`, x, { from, to: to / 2, stride: 2 })
  return net.op(module, 'Concat', [y, deep], { axis: 1 })
}

interface BranchShape {
  readonly from: number
  readonly to: number
  readonly stride: number
}

function deepBranch(net: TorchLayers, module: string, x: string, { from, to, stride }: BranchShape): string {
  let y = pointwise(net, module, 0, x, { from, to })
  y = depthwise(net, module, 3, y, to, stride)
  return pointwise(net, module, 5, y, { from: to, to })
}

/** Adds a 1x1 convolution, batch norm and ReLU as modules from a place on. */
function pointwise(net: TorchLayers, branch: string, at: number, x: string, sizes: { from: number; to: number }) {
  const y = net.conv(`${branch}.${at}`, x, { ...sizes, kernel: 1, weight: inFanIn })
  return net.relu(`${branch}.${at + 2}`, net.batchNorm(`${branch}.${at + 1}`, y, sizes.to))
}

/** Adds a depthwise 3x3 convolution and batch norm as modules from a place on. */
function depthwise(net: TorchLayers, branch: string, at: number, x: string, channels: number, stride: number): string {
  const options = { from: channels, to: channels, kernel: 3, stride, pad: 1, groups: channels, weight: inFanIn }
  return net.batchNorm(`${branch}.${at + 1}`, net.conv(`${branch}.${at}`, x, options), channels)
}

/** Interleaves the two halves of the channels: [N, 2, C / 2, H, W] to [N, C / 2, 2, H, W]. */
function shuffle(net: TorchLayers, module: string, x: string, channels: number, side: number): string {
  const of = (step: string) => `${module}.${step}`
  const halves = net.op(of('split'), 'Reshape', [x, net.g.ints(0, 2, channels / 2, side, side)])
  const swapped = net.op(of('swap'), 'Transpose', [halves], { perm: [0, 2, 1, 3, 4] })
  return net.op(of('join'), 'Reshape', [swapped, net.g.ints(0, channels, side, side)])
}
