/**
 * The operators and the versions of the operator set between which their form (inputs, outputs, attributes and
 * defaults) is that of set 17; element types apart, which were only ever added. A single number: from there to the
 * newest, 28.
 */
const sameForm: Readonly<Record<string, number | readonly [from: number, to: number]>> = {
  Add: 7,
  AveragePool: [10, 18],
  BatchNormalization: 9,
  Cast: [9, 18],
  Clip: 11,
  Concat: 11,
  Constant: 12,
  Conv: 11,
  ConvTranspose: 11,
  Div: 7,
  Dropout: 12,
  Elu: 7,
  Erf: 9,
  Exp: 7,
  Flatten: 11,
  Gather: 11,
  Gemm: 11,
  GlobalAveragePool: 7,
  GlobalMaxPool: 7,
  HardSigmoid: 7,
  HardSwish: 14,
  Identity: 7,
  InstanceNormalization: 7,
  LayerNormalization: 17,
  LeakyRelu: 7,
  MatMul: 7,
  Max: 8,
  MaxPool: 11,
  Min: 8,
  Mul: 7,
  Neg: 7,
  PRelu: 9,
  Pad: [11, 17],
  Pow: 12,
  Reciprocal: 7,
  ReduceMean: [11, 17],
  Relu: 7,
  Reshape: 14,
  Shape: 15,
  Sigmoid: 7,
  Slice: 11,
  Softmax: 13,
  Split: [13, 17],
  Sqrt: 7,
  Squeeze: 13,
  Sub: 7,
  Sum: 8,
  Tanh: 7,
  TopK: 11,
  Transpose: 7,
  Unsqueeze: 13,
}

/** Tells whether an operator has the same form in two operator sets, as far as the table lists it. */
export const isSameForm = (opType: string, opset: number, other: number): boolean =>
  [opset, other].every((version) => isFormOf17(opType, version))

function isFormOf17(opType: string, opset: number): boolean {
  const range = Object.hasOwn(sameForm, opType) ? sameForm[opType]! : [Infinity, 0]
  const [from, to] = typeof range === 'number' ? [range, Infinity] : (range as readonly [number, number])
  return from <= opset && opset <= to
}
