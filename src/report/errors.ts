import { errorsOf } from '../errors.js'

const texts = {
  'report/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write ${f.path}: ${f.problem}. What was there is as it was`,
}

type ReportErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ReportErrors {}
}

/** The factory of the errors of this room. */
export const reportError = /* @__PURE__ */ errorsOf(texts)
