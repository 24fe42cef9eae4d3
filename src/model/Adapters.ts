import type { Graph } from '../onnx/graph/graph.js'

/** The form of a weight: `rows` [out, in] of Gemm, `columns` [in, out] of Gemm or MatMul, `filters` of Conv. */
export type WeightForm = 'rows' | 'columns' | 'filters'

/** A weight that is adapted, and the names of its two factors. */
export interface AdaptedWeight {
  readonly weight: string
  readonly form: WeightForm
  /** The factor that reads the input, and the one that makes the output. */
  readonly down: string
  readonly up: string
}

/** The adapters of a model (LoRA). */
export interface Adapters {
  readonly rank: number
  /** The factor of what the adapters add is alpha / rank. */
  readonly alpha: number
  readonly weights: readonly AdaptedWeight[]
  /** The network without adapters; its own parameters and buffers are those of the model. */
  readonly plain: Graph
}
