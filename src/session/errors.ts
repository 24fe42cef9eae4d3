import { errorsOf } from '../errors.js'

const texts = {
  'session/bad-feed': (f: { feed: string; received: string; expected: string }) =>
    `The feed ${f.feed} must be ${f.expected}. Received: ${f.received}`,
  'session/bad-tensor': (f: { parameter: string; received: string; expected: string }) =>
    `${f.parameter} must be ${f.expected}. Received: ${f.received}`,
  'session/no-averages': (_: object) => 'There are no averages of the weights. Start them first, with averages.start()',
  'session/no-gradients': (_: object) =>
    'There are no gradients to step with. Call trainStep after each optimizerStep or lazyResetGrad',
  'session/not-finite': (f: { tensor: string; loss?: number | undefined }) =>
    `The step is undone, for ${f.tensor} holds something that is no finite number${f.loss === undefined ? '' : ` (the loss is ${f.loss})`}. Lower the learning rate, or look at what is fed`,
  'session/released': (_: object) => 'The session is released. Create a new one',
  'session/worker-died': (f: { problem: string }) => `The thread that hosts ONNX Runtime died: ${f.problem}`,
}

type SessionErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends SessionErrors {}
}

/** The factory of the errors of this room. */
export const sessionError = /* @__PURE__ */ errorsOf(texts)
