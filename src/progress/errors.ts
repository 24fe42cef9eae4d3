import { errorsOf } from '../errors.js'

const texts = {
  'progress/no-result': (_: object) =>
    "The run ended without its last event, of type 'done'. Pass the run that fineTune returns, not yet iterated",
}

type ProgressErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ProgressErrors {}
}

/** The factory of the errors of progress displays. */
export const progressError = /* @__PURE__ */ errorsOf(texts)
