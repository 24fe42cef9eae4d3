import { isLegacyTorch } from './torch/readTorch.js'

export type WeightsFormat = 'safetensors' | 'PyTorch' | 'ONNX'

/** The longest plausible header: see `readSafetensors`. */
const LONGEST_HEADER = 100_000_000

/** Recognises a file by its content, since names of files are unreliable. `undefined` if it contains no weights. */
export function weightsFormat(bytes: Uint8Array): WeightsFormat | undefined {
  if (isZip(bytes) || isLegacyTorch(bytes)) return 'PyTorch'
  if (isSafetensors(bytes)) return 'safetensors'
  if (isOnnx(bytes)) return 'ONNX'
  return undefined
}

/** Tells whether it starts with an entry of a zip, or the directory of an empty one. */
const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))

/** Tells whether it starts with the length of a header in 8 bytes, then its `{`. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return false
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true) <= LONGEST_HEADER
}

/**
 * Tells whether it is a protobuf ModelProto: first `ir_version`, a small number (field 1), or a graph (field 7) or
 * operator set (field 8).
 */
function isOnnx(bytes: Uint8Array): boolean {
  const [tag, value] = bytes
  return (tag === 0x08 && value! > 0 && value! < 0x20) || tag === 0x3a || tag === 0x42
}
