import { errorsOf, list } from '../errors.js'

const texts = {
  'model/unknown-tensor': (f: { tensor: string; known: readonly string[] }) =>
    `The model has no tensor ${f.tensor}. Its tensors: ${list(f.known)}`,
  'model/shape': (f: { tensor: string; received: string; expected: string }) =>
    `${f.tensor} must be ${f.expected}. Received: ${f.received}`,
  'model/no-head': (f: { architecture: string; problem: string }) =>
    `The head of ${f.architecture} cannot be replaced: ${f.problem}`,
  'model/unknown-class': (f: { class: number | string; problem: string }) =>
    `No class ${f.class} to take the head's weights from: ${f.problem}`,
  'model/no-match': (f: { pattern: string; known: readonly string[] }) =>
    `${f.pattern} matches no parameter of the model. Its parameters: ${list(f.known)}`,
  'model/adapted': (_: object) =>
    'The model has adapters already. Call lora with the model without them, or with mergeAdapters(model)',
  'model/not-adaptable': (f: { parameters: readonly string[] }) =>
    `None of these is a weight of a Gemm, a MatMul or a Conv without groups, and not the head's: ${list(f.parameters)}`,
  'model/nothing-to-train': (f: { parameters: number }) =>
    `All ${f.parameters} parameters are frozen. Unfreeze at least one`,
}

type ModelErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ModelErrors {}
}

/** The factory of the errors of this room. */
export const modelError = /* @__PURE__ */ errorsOf(texts)
