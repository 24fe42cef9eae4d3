import { errorsOf } from '../errors.js'

const texts = {
  'transforms/bad-module': (f: { module: string; problem: string }) =>
    `The transform module ${f.module} cannot be used: ${f.problem}`,
  'transforms/failed': (f: { transform: string; position: number; source?: string }) =>
    `The transform ${f.transform} (number ${f.position + 1} of the pipeline) threw an error${f.source ? ` on ${f.source}` : ''}: see its cause`,
}

type TransformErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends TransformErrors {}
}

/** The factory of the errors of this room. */
export const transformError = /* @__PURE__ */ errorsOf(texts)
