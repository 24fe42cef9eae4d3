import { errorsOf, list } from '../errors.js'

const texts = {
  'optim/unknown-parameter': (f: { parameter: string; group: string; known: readonly string[] }) =>
    `Group ${f.group} has ${f.parameter}, which is not trained. Trained parameters: ${list(f.known)}`,
  'model/ungrouped': (f: { parameters: readonly string[]; groups: readonly string[] }) =>
    `No parameter group (${list(f.groups)}) takes ${list(f.parameters)}. Freeze them or widen a pattern`,
  'model/in-two-groups': (f: { parameter: string; groups: readonly string[] }) =>
    `${f.parameter} is in more than one parameter group: ${list(f.groups)}. Narrow a pattern`,
}

type OptimErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends OptimErrors {}
}

/** The factory of the errors of this room. */
export const optimError = /* @__PURE__ */ errorsOf(texts)
