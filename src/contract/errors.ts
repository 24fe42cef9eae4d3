import { errorsOf, list } from '../errors.js'

const texts = {
  'session/unknown-parameter': (f: { parameter: string; known: readonly string[] }) =>
    `The session has no parameter ${f.parameter}. Its parameters: ${list(f.known)}`,
}

type ContractErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ContractErrors {}
}

/** The factory of the errors of this room. */
export const contractError = /* @__PURE__ */ errorsOf(texts)
