import { isLegacyTorch } from './torch/readTorch.js'

export type WeightsFormat = 'safetensors' | 'PyTorch' | 'ONNX'

/** The longest plausible header: see `readSafetensors`. */
const LONGEST_HEADER = 100_000_000

/** What a file is, by its content: names of files lie. `undefined` when it is nothing that holds weights. */
export function weightsFormat(bytes: Uint8Array): WeightsFormat | undefined {
  if (isZip(bytes) || isLegacyTorch(bytes)) return 'PyTorch'
  if (isSafetensors(bytes)) return 'safetensors'
  if (isOnnx(bytes)) return 'ONNX'
  return undefined
}

/** Of an entry, or of the directory of an empty zip. */
const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))

/** The length of a header in 8 bytes, then its `{`. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 9 || bytes[8] !== 0x7b) return false
  return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true) <= LONGEST_HEADER
}

/** A protobuf ModelProto: first `ir_version`, a small number (field 1), or a graph (field 7) or operator set (field 8). */
function isOnnx(bytes: Uint8Array): boolean {
  const [tag, value] = bytes
  return (tag === 0x08 && value! > 0 && value! < 0x20) || tag === 0x3a || tag === 0x42
}
