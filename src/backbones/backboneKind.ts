import { isListOf, isObject, isText, type Kind } from '../arguments.js'
import { graphKind } from '../onnx/graph/kinds.js'

const isNames = (value: unknown): boolean => isListOf(value, isText)

/** Tells whether a value is a backbone as `loadBackbone` returns it; a `Model` is one too. */
export const isBackbone = (value: unknown): boolean =>
  isObject(value) &&
  isText(value.architecture) &&
  graphKind.is(value.graph) &&
  isNames(value.parameters) &&
  isNames(value.buffers) &&
  isObject(value.head) &&
  isText(value.head.weight) &&
  isText(value.head.bias) &&
  isObject(value.preprocessing)

export const backboneKind: Kind = {
  expected: 'a backbone, as loadBackbone and loadOnnxBackbone return it',
  is: isBackbone,
}
/** The kind of argument that a `Model` can be made of. */
export const namedBackboneKind: Kind = {
  expected: 'a backbone with names of its classes',
  is: (value) => isBackbone(value) && isNames((value as { classes?: unknown }).classes),
}
