import { errorsOf } from '../errors.js'

const texts = {
  'lowering/no-lowering': (f: { op: string; node: string; target: string }) =>
    `No lowering of ${f.op} (node ${f.node}) for ${f.target}. Add a file to src/lowering/portable`,
  'lowering/unknown-shape': (f: { value: string; op: string; node: string; needs: string }) =>
    `The lowering of ${f.op} (node ${f.node}) must know ${f.needs} of ${f.value}. Declare it in the value_info of the model`,
}

type LoweringErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends LoweringErrors {}
}

/** The factory of the errors of this room. */
export const loweringError = /* @__PURE__ */ errorsOf(texts)
