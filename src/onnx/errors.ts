import { errorsOf, list } from '../errors.js'

const texts = {
  'onnx/malformed': (f: { problem: string; where?: string }) =>
    `Not a valid ONNX model${f.where ? ` (${f.where})` : ''}: ${f.problem}`,
  'onnx/too-large': (f: { bytes: number; limit: number }) =>
    `The model takes ${f.bytes} bytes, and an ONNX file may have ${f.limit}. Export it with precision: 'float16', which halves it, or save its weights as safetensors, which may be of any size`,
  'onnx/unknown-value': (f: { value: string; node: string }) =>
    `Node ${f.node} reads ${f.value}, which no input, initializer or earlier node provides`,
  'onnx/external-data': (f: { tensor: string; file: string; problem: string }) =>
    `The tensor ${f.tensor} is stored outside the model, in ${f.file}: ${f.problem}`,
  'onnx/unsupported-type': (f: { where: string; type: string; supported: readonly string[] }) =>
    `Elements of type ${f.type} cannot be read (${f.where}). Supported: ${list(f.supported, 20)}`,
  'onnx/no-shape-rule': (f: { op: string; node: string }) =>
    `No shape inference for ${f.op} (node ${f.node}). Add its value_info to the model, or a rule to src/onnx/shapes`,
}

type OnnxErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends OnnxErrors {}
}

/** The factory of the errors of this room. */
export const onnxError = /* @__PURE__ */ errorsOf(texts)
