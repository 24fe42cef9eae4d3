import { accumulate } from './passes/accumulate.js'
import { deadCode } from './passes/deadCode.js'
import { foldFrozen } from './passes/foldFrozen.js'
import { liftOpset } from './passes/liftOpset.js'
import type { Pass } from './passes/pass.js'
import { shapes } from './passes/shapes.js'

/** Where a lowered graph runs, as data: what is done to the graph, in which order, and which operators may remain in it. */
export interface TargetPlan {
  /** Passes over the official graph, before operators are lowered one by one. Patterns are matched here. */
  readonly official: readonly Pass[]
  /** Passes over the lowered graph. */
  readonly lowered: readonly Pass[]
  /** Operators of com.microsoft that the target has of its own. */
  readonly natives: ReadonlySet<string>
}

/** Contributed operators of stock ONNX Runtime that an official training graph may hold. */
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
  official: [liftOpset, foldFrozen, accumulate, shapes],
  lowered: [deadCode],
  natives: new Set(CPU_NATIVES),
} satisfies TargetPlan

export const targets = { cpu: plain, wasm: plain } as const satisfies Record<string, TargetPlan>

export type Target = keyof typeof targets
export const targetNames = Object.keys(targets) as [Target, ...Target[]]
