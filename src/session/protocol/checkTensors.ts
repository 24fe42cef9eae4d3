import { isDims } from '../../onnx/graph/kinds.js'
import { sizeOf, type Tensor } from '../../onnx/graph/tensor.js'
import { shown } from '../../shown.js'
import { sessionError } from '../errors.js'

/**
 * Checks that values from a caller are tensors whose number of elements is that of their shapes.
 *
 * @param error makes the error for the first that is not
 */
export function checkTensors(
  tensors: Readonly<Record<string, unknown>>,
  error: (name: string, received: string, expected: string) => Error,
): void {
  for (const [name, value] of Object.entries(tensors)) {
    if (!looksLikeTensor(value)) throw error(name, shown(value), 'a tensor { type, dims, data }')
    const { type, dims, data } = value
    if (data.length !== sizeOf(dims))
      throw error(name, `${data.length} elements for ${describe(type, dims)}`, `a tensor of ${sizeOf(dims)} elements`)
  }
}

function looksLikeTensor(value: unknown): value is Tensor {
  try {
    const { type, dims, data } = (value ?? {}) as Partial<Tensor>
    return typeof type === 'string' && isDims(dims) && typeof data?.length === 'number'
  } catch {
    return false
  }
}

/** Describes a type and a shape: `float32[N, 3, 224, 224]`. */
export function describe(type = 'tensor', shape?: readonly (number | string | null)[]): string {
  return `${type}${shape ? `[${shape.map((dim) => dim ?? '?').join(', ')}]` : ''}`
}

/** Returns the error for a tensor that is not one of a parameter. */
export const badTensor = (parameter: string, received: string, expected: string) =>
  sessionError('session/bad-tensor', { parameter, received, expected })

/** Returns the error for a feed that a model does not accept. */
export const badFeed = (feed: string, received: string, expected: string) =>
  sessionError('session/bad-feed', { feed, received, expected })
