import { readFileSync } from 'node:fs'
import type { Shape } from '../../src/onnx/graph/graph.js'
import type { DataType } from '../../src/onnx/graph/tensor.js'

/** A few nodes, and the types and shapes of what they make. */
export interface ShapeCase {
  readonly name: string
  /** The model, in base64. */
  readonly model: string
  /** What Python's onnx infers. */
  readonly values: Record<string, { readonly type: string; readonly shape: Shape | null }>
  /** What ONNX Runtime computes where the symbols have these sizes; null where it cannot run the model. */
  readonly ran: { readonly sizes: Record<string, number>; readonly shapes: Record<string, readonly number[]> } | null
}

interface Golden {
  readonly tensors: Record<string, { readonly type: DataType; readonly dims: number[]; readonly elements: string[] }>
  readonly shapes: readonly ShapeCase[]
  /** Attributes of the standard operators by what they hold, wherever that is one thing. */
  readonly floats: readonly string[]
  readonly floatLists: readonly string[]
  readonly ints: readonly string[]
}

const directory = new URL('../golden/onnx/', import.meta.url)

/** What Python's onnx says of the models beside it (made by make.py). */
export const golden: Golden = JSON.parse(readFileSync(new URL('golden.json', directory), 'utf8'))

/** One of those models. */
export const modelFile = (name: 'everything' | 'storage' | 'old'): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(new URL(`${name}.onnx`, directory)))
