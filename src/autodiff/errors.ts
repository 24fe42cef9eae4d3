import { errorsOf, list } from '../errors.js'

const texts = {
  'autodiff/no-gradient': (f: { op: string; node: string }) =>
    `No gradient for ${f.op} (node ${f.node}). Freeze every parameter before it, or add a rule to src/autodiff/gradients`,
  'autodiff/unsupported-form': (f: { op: string; node: string; form: string }) =>
    `No gradient for ${f.op} (node ${f.node}) with ${f.form}. Freeze every parameter before it, or export the model without it`,
  'autodiff/unknown-parameter': (f: { parameter: string; known: readonly string[] }) =>
    `${f.parameter} is not a parameter of the model. Its parameters: ${list(f.known)}`,
  'autodiff/unreachable': (f: { parameter: string; loss: string }) =>
    `The loss ${f.loss} does not depend on ${f.parameter}, so it cannot be trained. Freeze it`,
  'autodiff/opset': (f: { opset: number; needed: number }) =>
    `The model uses operator set ${f.opset}. Training needs ${f.needed} or later: convert it, or export it again`,
  'autodiff/shared-state': (f: { state: string; nodes: readonly string[] }) =>
    `${f.state} would be updated by several nodes (${list(f.nodes)}). Give each its own statistics, or freeze them`,
  'autodiff/computed-state': (f: { state: string; node: string }) =>
    `Training updates ${f.state}, the running statistics of ${f.node}, which other nodes compute or a user feeds. They must be an initializer, or the scale and bias of ${f.node} frozen`,
  'autodiff/unknown-shape': (f: { value: string; op: string; node: string }) =>
    `The gradient of ${f.op} (node ${f.node}) needs the shape of ${f.value}. Fix its dimensions in the model's inputs`,
}

type AutodiffErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends AutodiffErrors {}
}

/** The factory of the errors of this room. */
export const autodiffError = /* @__PURE__ */ errorsOf(texts)
