import { accumulate } from './passes/accumulate.js'
import { convertOpset } from './passes/convertOpset.js'
import { deadCode } from './passes/deadCode.js'
import { explicitPools } from './passes/explicitPools.js'
import { foldFrozen } from './passes/foldFrozen.js'
import type { Pass } from './passes/pass.js'
import { shapes } from './passes/shapes.js'
import { sumsInPlace } from './passes/sumsInPlace.js'
import { update } from './passes/update.js'
import { PROCESSOR, type Strategies } from './portable/support/strategies.js'

/** The plan of a target, as data: the passes over the graph, in order, and the operators that may remain in it. */
export interface TargetPlan {
  /** The passes over the official graph, before operators are lowered one by one. Patterns are matched here. */
  readonly official: readonly Pass[]
  /** The passes over the lowered graph. */
  readonly lowered: readonly Pass[]
  /**
   * The channels in a block of ONNX Runtime's own layout, if the target has it. A training graph is then planned (see
   * `nchwc/plan`) and written in that layout as soon as its batch size is known.
   */
  readonly block?: number
  /** The forms of the lowerings. */
  readonly strategies: Strategies
  /** The operators of com.microsoft that the target implements itself. */
  readonly natives: ReadonlySet<string>
}

/** The contributed operators of stock ONNX Runtime that an official training graph may contain. */
const CPU_NATIVES = [
  'BiasGelu',
  'FastGelu',
  'FusedConv',
  'FusedGemm',
  'FusedMatMul',
  'Gelu',
  'QuickGelu',
  'SkipLayerNormalization',
]

const plain = {
  official: [convertOpset, foldFrozen, accumulate, shapes, explicitPools],
  lowered: [update, deadCode, sumsInPlace],
  strategies: PROCESSOR,
  natives: new Set(CPU_NATIVES),
} satisfies TargetPlan

export const targets = {
  cpu: plain,
  /** A processor with AVX2. */
  'cpu-blocked8': { ...plain, block: 8 },
  /** A processor with AVX-512. */
  'cpu-blocked16': { ...plain, block: 16 },
  /** Registers of four numbers: multiplications cost more there, passes over memory less. */
  wasm: {
    ...plain,
    strategies: {
      ...PROCESSOR,
      convolution: 'winograd',
      inputGradient: 'flipped for large maps',
      weightGradient: 'products',
    },
  },
} as const satisfies Record<string, TargetPlan>

export type Target = keyof typeof targets
export const targetNames = Object.keys(targets) as [Target, ...Target[]]

/** Returns the channels in a block of the layout that the target trains in, if it has one. */
export const blockOf = (target: Target): number | undefined => (targets[target] as TargetPlan).block
