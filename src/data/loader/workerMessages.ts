import ndarray from 'ndarray'
import type { PlainError } from '../../errors.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import type { Picture } from '../../transforms/picture.js'
import type { SampleJob } from './jobs.js'
import { isPicture } from './preparer.js'

/** To a loading worker. `open` comes first and once. */
export type ToWorker =
  | {
      readonly type: 'open'
      readonly job: SampleJob
      readonly sources: readonly string[]
      /** The worker asks for a sample's bytes instead of reading its source. */
      readonly remoteRead: boolean
    }
  | {
      readonly type: 'prepare'
      readonly id: number
      readonly run: number
      readonly index: number
      readonly epoch: number
    }
  | { readonly type: 'drop'; readonly run: number }
  | { readonly type: 'bytes'; readonly request: number; readonly bytes: Uint8Array }
  | { readonly type: 'noBytes'; readonly request: number; readonly error: PlainError }

/** From a loading worker. `ready` answers `open`: whatever ends the worker later is the samples' doing. */
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'prepared'; readonly id: number; readonly value: Sent }
  | { readonly type: 'failed'; readonly id: number; readonly error: PlainError }
  | { readonly type: 'read'; readonly request: number; readonly index: number }

/** A prepared sample as it travels: an ndarray would lose its methods on the way. */
export type Sent =
  | { readonly picture: Pick<Picture, 'data' | 'shape' | 'stride' | 'offset'> }
  | { readonly tensor: Tensor<'float32'> }
  | { readonly plain: unknown }

/** A prepared value as a message, and the buffers that go with it. */
export function toSent(value: unknown): { sent: Sent; transfer: ArrayBuffer[] } {
  if (isPicture(value)) {
    const { data, shape, stride, offset } = value
    return { sent: { picture: { data, shape, stride, offset } }, transfer: [data.buffer as ArrayBuffer] }
  }
  if (!isTensor(value)) return { sent: { plain: value }, transfer: [] }
  return { sent: { tensor: value }, transfer: [value.data.buffer as ArrayBuffer] }
}

export function fromSent(sent: Sent): unknown {
  if ('tensor' in sent) return sent.tensor
  if ('plain' in sent) return sent.plain
  const { data, shape, stride, offset } = sent.picture
  return ndarray(data, shape, stride, offset)
}

const isTensor = (value: unknown): value is Tensor<'float32'> =>
  typeof value === 'object' && value !== null && 'dims' in value && 'data' in value
