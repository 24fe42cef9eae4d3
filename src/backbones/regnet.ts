import { type Architecture, IMAGENET, newNetwork } from './Architecture.js'
import { inFanIn, normal, zeros } from './inits.js'
import { convNorm, headOf, squeezeExcite } from './layers.js'
import type { TorchLayers } from './TorchLayers.js'

export interface RegNetOptions {
  /** The channels and the number of blocks of each stage. */
  readonly stages: readonly (readonly [channels: number, blocks: number])[]
  readonly groupWidth: number
}

const STEM = 32

/**
 * Builds a RegNetY (Radosavovic et al. 2020), laid out as in torchvision. Its widths follow from a rule that has no
 * factor, so there is one width.
 */
export function regnetY(name: string, { stages, groupWidth }: RegNetOptions): Architecture {
  return {
    name,
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    defaultWidth: STEM,
    widthStep: 'fixed',
    ...IMAGENET,
    build({ classes, imageSize }) {
      const { net, input } = newNetwork(name, imageSize)
      let x = convNorm(net, 'stem', input, { from: 3, to: STEM, kernel: 3, stride: 2, activation: 'relu' })
      let from = STEM
      for (const [i, [to, blocks]] of stages.entries())
        for (let block = 0; block < blocks; block++) {
          const shape = { from, to, stride: block === 0 ? 2 : 1, groups: to / groupWidth }
          x = bottleneck(net, `trunk_output.block${i + 1}.block${i + 1}-${block}`, x, shape)
          from = to
        }
      headOf(net, 'fc', x, { from, to: classes, weight: normal, bias: zeros })
      return { graph: net.g.graph, tensors: net.tensors }
    },
  }
}

interface BlockShape {
  readonly from: number
  readonly to: number
  readonly stride: number
  readonly groups: number
}

/** Adds a grouped 3x3 convolution with squeeze and excitation between two of 1x1, beside a shortcut. */
function bottleneck(net: TorchLayers, module: string, x: string, { from, to, stride, groups }: BlockShape): string {
  const isSame = from === to && stride === 1
  const shortcut = isSame ? x : convNorm(net, `${module}.proj`, x, { from, to, kernel: 1, stride })
  let y = convNorm(net, `${module}.f.a`, x, { from, to, kernel: 1, activation: 'relu' })
  y = convNorm(net, `${module}.f.b`, y, { from: to, to, kernel: 3, stride, groups, activation: 'relu' })
  const squeeze = { channels: to, squeezed: Math.round(from / 4), activation: 'relu', gate: 'sigmoid' } as const
  y = squeezeExcite(net, `${module}.f.se`, y, { ...squeeze, bias: inFanIn })
  y = convNorm(net, `${module}.f.c`, y, { from: to, to, kernel: 1 })
  return net.relu(`${module}.activation`, net.op(module, 'Add', [shortcut, y]))
}
