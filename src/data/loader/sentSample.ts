import ndarray from 'ndarray'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { Transferred } from '../../threads/methods.js'
import { contiguousImage, type RgbImage } from '../../transforms/rgbImage.js'
import { isImage } from './preparer.js'

/** A prepared sample in a message between threads: an ndarray would lose its methods in it. */
export type SentSample =
  | { readonly image: Pick<RgbImage, 'data' | 'shape' | 'stride' | 'offset'> }
  | { readonly tensor: Tensor<'float32'> }
  | { readonly plain: unknown }

/** Returns a prepared value for a message, with the buffers to transfer. */
export function toSent(value: unknown): Transferred<SentSample> {
  if (isImage(value)) {
    const { data, shape, stride, offset } = value
    return new Transferred({ image: { data, shape, stride, offset } }, [data.buffer as ArrayBuffer])
  }
  if (!isTensor(value)) return new Transferred({ plain: value }, [])
  return new Transferred({ tensor: value }, [value.data.buffer as ArrayBuffer])
}

/** Returns what a dataset has of a sample for a message: bytes, which the message copies, or a copy of its pixels. */
export const copyToSend = (content: RgbImage | Uint8Array): Transferred<SentSample> =>
  toSent(content instanceof Uint8Array ? content : contiguousImage(content))

export function fromSent(sent: SentSample): unknown {
  if ('tensor' in sent) return sent.tensor
  if ('plain' in sent) return sent.plain
  const { data, shape, stride, offset } = sent.image
  return ndarray(data, shape, stride, offset)
}

const isTensor = (value: unknown): value is Tensor<'float32'> =>
  typeof value === 'object' && value !== null && 'dims' in value && 'data' in value
