import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import {
  bfloat16ToFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from '../../src/onnx/graph/halfFloats.js'
import { readSafetensors } from '../../src/weights/readSafetensors.js'
import { toFloat32 } from '../../src/weights/toFloat32.js'

const golden = (name: string) => {
  const bytes = readFileSync(new URL(`../golden/safetensors/${name}.safetensors`, import.meta.url))
  const { tensors } = readSafetensors(bytes)
  return (tensor: string) => new Uint8Array((tensors.get(tensor)!.data as Int16Array).buffer)
}
const halves = (bytes: Uint8Array) => new Uint16Array(bytes.buffer as ArrayBuffer)
const words = (floats: Float32Array) => new Uint32Array(floats.buffer)
const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i)
const isNaNHalf = (bits: number) => (bits & 0x7fff) > 0x7c00

describe('float16', () => {
  test('widens as numpy does, bit for bit', () => {
    const file = golden('widening')
    expect(words(float16ToFloat32(halves(file('float16'))))).toEqual(
      new Uint32Array(file('float32').buffer as ArrayBuffer),
    )
  })

  test('narrows as numpy does, bit for bit, NaN payloads apart', () => {
    const file = golden('narrowing')
    const [actual, expected] = [
      float32ToFloat16(new Float32Array(file('float32').buffer as ArrayBuffer)),
      halves(file('float16')),
    ]
    for (const [i, bits] of expected.entries())
      if (isNaNHalf(bits)) expect(isNaNHalf(actual[i]!)).toBe(true)
      else expect(actual[i]).toBe(bits)
  })

  test('every half that is a number survives the way to float32 and back', () => {
    const there = float16ToFloat32(ALL)
    const back = float32ToFloat16(there)
    for (const bits of ALL) if (!isNaNHalf(bits)) expect(back[bits]).toBe(bits)
    for (const bits of ALL) expect(Number.isNaN(there[bits])).toBe(isNaNHalf(bits))
  })

  test('every half means sign * 2^exponent * (1 + mantissa / 1024)', () => {
    const floats = float16ToFloat32(ALL)
    for (const bits of ALL) {
      const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
      if (exponent === 31) continue
      const value = exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15)
      expect(floats[bits]).toBe(sign * value)
    }
  })
})

describe('bfloat16', () => {
  test('narrows as torch does, NaN payloads apart', () => {
    const file = golden('narrowing')
    const [actual, expected] = [
      float32ToBfloat16(new Float32Array(file('float32').buffer as ArrayBuffer)),
      halves(file('bfloat16')),
    ]
    const isNaNBfloat = (bits: number) => (bits & 0x7fff) > 0x7f80
    for (const [i, bits] of expected.entries())
      if (isNaNBfloat(bits)) expect(isNaNBfloat(actual[i]!)).toBe(true)
      else expect(actual[i]).toBe(bits)
  })

  test('is the upper half of a float32', () => {
    expect(words(bfloat16ToFloat32(ALL))).toEqual(Uint32Array.from(ALL, (bits) => bits * 65536))
  })
})

describe('toFloat32', () => {
  test('keeps a float32 tensor as it is', () => {
    const tensor = { type: 'float32', dims: [1], data: Float32Array.of(1) } as const
    expect(toFloat32(tensor)).toBe(tensor)
  })

  test('converts numbers of every type', () => {
    expect(toFloat32({ type: 'int64', dims: [2], data: BigInt64Array.of(-3n, 2n ** 60n) }).data).toEqual(
      Float32Array.of(-3, 2 ** 60),
    )
    expect(toFloat32({ type: 'float16', dims: [1], data: Uint16Array.of(0x3c00) }).data).toEqual(Float32Array.of(1))
    expect(toFloat32({ type: 'bfloat16', dims: [], data: Uint16Array.of(0x3f80) })).toEqual({
      type: 'float32',
      dims: [],
      data: Float32Array.of(1),
    })
  })

  test('refuses strings', () => {
    expect(() => toFloat32({ type: 'string', dims: [1], data: ['a'] })).toThrow('no float32 form')
  })
})
