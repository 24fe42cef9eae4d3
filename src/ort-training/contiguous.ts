import { checkArgument, type Kind } from '../arguments.js'
import type { CheckpointState } from '../contract/CheckpointState.js'
import { baseError } from '../errors.js'
import { float32, sizeOf, type Tensor } from '../onnx/graph/tensor.js'
import { sessionError } from '../session/errors.js'
import { type OrtTensor, toOrt } from './tensors.js'

const memoryKind: Kind = {
  expected: 'a typed array or an ArrayBuffer',
  is: (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer,
}

type Shapes = ReadonlyMap<string, Pick<Tensor, 'type' | 'dims'>>

/**
 * Counts the elements of these parameters.
 *
 * @throws FineTuneError 'session/bad-tensor' for one that is not float32, which the official interface does not support
 */
export function sizeOfAll(shapes: Shapes, names: readonly string[]): number {
  return names.reduce((sum, parameter) => {
    const { type, dims } = shapes.get(parameter)!
    if (type !== 'float32') throw sessionError('session/bad-tensor', { parameter, received: type, expected: 'float32' })
    return sum + sizeOf(dims)
  }, 0)
}

/** Concatenates all the parameters. */
export function join(parameters: Readonly<Record<string, Tensor>>, names: readonly string[]): OrtTensor<'float32'> {
  const parts = names.map((name) => parameters[name]!.data as Float32Array)
  const row = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    row.set(part, at)
    at += part.length
  }
  return toOrt(float32(row, [row.length]))
}

/**
 * Splits a buffer of concatenated parameters.
 *
 * @param buffer float32 elements, little-endian
 * @throws FineTuneError 'options/invalid' for a buffer of another length, 'session/bad-tensor'
 */
export function split(
  buffer: ArrayBuffer | ArrayBufferView,
  shapes: Shapes,
  names: readonly string[],
): Record<string, Tensor> {
  const expected = 4 * sizeOfAll(shapes, names)
  checkArgument('loadParametersBuffer: buffer', buffer, memoryKind)
  const isView = ArrayBuffer.isView(buffer)
  if (buffer.byteLength !== expected)
    throw baseError('options/invalid', {
      option: 'loadParametersBuffer: buffer',
      received: `${buffer.byteLength} bytes`,
      expected: `${expected} bytes long, 4 for each of the numbers that getParametersSize counts`,
    })
  const bytes = isView ? new Uint8Array(buffer.buffer, buffer.byteOffset, expected) : new Uint8Array(buffer)
  const row = new Float32Array(bytes.slice().buffer)
  let at = 0
  return Object.fromEntries(
    names.map((name) => {
      const { dims } = shapes.get(name)!
      const start = at
      at += sizeOf(dims)
      return [name, float32(row.slice(start, at), dims)]
    }),
  )
}

/** Returns the parameters of a checkpoint as tensors, by name. */
export const tensorsOf = ({ parameters }: CheckpointState): ReadonlyMap<string, Tensor> =>
  new Map([...parameters].map(([name, { tensor }]) => [name, tensor]))
