import { accumulate } from './passes/accumulate.js'
import { additions } from './passes/additions.js'
import { convertOpset } from './passes/convertOpset.js'
import { deadCode } from './passes/deadCode.js'
import { explicitPools } from './passes/explicitPools.js'
import { foldFrozen } from './passes/foldFrozen.js'
import { joinedSlices } from './passes/joinedSlices.js'
import { knownSizes } from './passes/knownSizes.js'
import { narrowInputs } from './passes/narrowInputs.js'
import type { Pass } from './passes/pass.js'
import { flippedProducts, transposedFactors } from './passes/products.js'
import { recomputed } from './passes/recomputed.js'
import { shapes } from './passes/shapes.js'
import { stockForms } from './passes/stockForms.js'
import { strips } from './passes/strips/strips.js'
import { sumsInPlace } from './passes/sumsInPlace.js'
import { update } from './passes/update.js'
import { PROCESSOR, type Strategies } from './portable/support/strategies.js'

/** The plan of a target, as data: the passes over the graph, in order, and the operators that may remain in it. */
export interface TargetPlan {
  /** The passes over the official graph, before operators are lowered one by one. Patterns are matched here. */
  readonly official: readonly Pass[]
  /** The passes over the lowered graph. */
  readonly lowered: readonly Pass[]
  /** The passes over any graph of stock operators, an optimizer's too. Default: none. */
  readonly stock?: readonly Pass[]
  /**
   * The channels in a block of ONNX Runtime's own layout, if the target has it. A training graph is then planned (see
   * `nchwc/plan`) and written in that layout as soon as its batch size is known.
   */
  readonly block?: number
  /** True if a training graph is written for the shapes of its feeds: nothing is left to be computed from sizes. */
  readonly knowsShapes?: boolean
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

const official = [convertOpset, foldFrozen, accumulate, shapes, joinedSlices, recomputed, explicitPools]

const plain = {
  official: [...official, flippedProducts, strips, transposedFactors],
  lowered: [update, deadCode, sumsInPlace, additions],
  strategies: PROCESSOR,
  natives: new Set(CPU_NATIVES),
} satisfies TargetPlan

/** Those that the WebGPU provider has. */
const WEBGPU_NATIVES = ['BiasGelu', 'FastGelu', 'FusedConv', 'Gelu', 'QuickGelu', 'SkipLayerNormalization']

/** A GPU, by ONNX Runtime's own WebGPU provider: nothing but operators that it runs on the device. */
const webgpu: TargetPlan = {
  official: [...official, knownSizes],
  lowered: [update, deadCode],
  stock: [stockForms, additions, narrowInputs],
  knowsShapes: true,
  strategies: {
    ...PROCESSOR,
    weightGradient: 'rows',
    mask: 'comparison',
    sums: 'last axes first',
    // The provider has no Indices.
    mostTaps: Number.POSITIVE_INFINITY,
    wholeNumbers: 'int32',
    lowest: -3.4e38,
  },
  natives: new Set(WEBGPU_NATIVES),
}

export const targets = {
  cpu: plain,
  /** A processor with AVX2. */
  'cpu-blocked8': { ...plain, block: 8 },
  /** A processor with AVX-512. */
  'cpu-blocked16': { ...plain, block: 16 },
  /** Registers of four numbers: multiplications cost more there, passes over memory less. */
  wasm: {
    ...plain,
    official,
    strategies: {
      ...PROCESSOR,
      convolution: 'winograd',
      inputGradient: 'flipped for large maps',
      weightGradient: 'products',
    },
  },
  webgpu,
} as const satisfies Record<string, TargetPlan>

export type Target = keyof typeof targets
export const targetNames = Object.keys(targets) as [Target, ...Target[]]

/** Tells whether every training graph of the target is written for the shapes of its feeds. */
export const knowsShapes = (target: Target): boolean => (targets[target] as TargetPlan).knowsShapes === true

/** Returns the channels in a block of the layout that the target trains in, if it has one. */
export const blockOf = (target: Target): number | undefined => (targets[target] as TargetPlan).block
