import { errorsOf, list } from '../errors.js'

const texts = {
  'session/no-runtime': (f: { runtimes: readonly string[]; problems?: readonly string[] }) =>
    `No ONNX Runtime can be loaded. Tried: ${list(f.runtimes)}. Run npm install ${f.runtimes[0]}${f.problems?.length ? ` (${list(f.problems)})` : ''}`,
  'session/runtime-version': (f: { runtime: string; version: string; supported: string }) =>
    `${f.runtime} ${f.version} is too old: it needs to be ${f.supported} or newer. Run npm install ${f.runtime}@latest`,
  'session/cannot-open': (f: {
    model: string
    runtime: string
    executionProviders: readonly string[]
    problem: string
  }) =>
    `${f.runtime} cannot open the ${f.model} model with the execution providers ${list(f.executionProviders)}: ${f.problem}`,
  'session/run-failed': (f: { model: string; runtime: string; problem: string }) =>
    `${f.runtime} failed while it ran the ${f.model} model: ${f.problem}`,
  'session/device-lost': (f: { provider: string; runtime: string; model: string; problem: string }) =>
    `The device of ${f.provider} was lost while ${f.runtime} ran the ${f.model} model, and all that was in its memory: ${f.problem}. Resume the run from its last checkpoint, or begin again`,
  'session/no-provider': (f: { tried: readonly { readonly provider: string; readonly problem: string }[] }) =>
    `None of the execution providers works: ${f.tried.map(({ provider, problem }) => `${provider} (${problem})`).join('; ')}. Add 'cpu' to the list, or 'wasm' in the browser, to compute without a device`,
  'session/out-of-memory': (f: { what: string; problem: string }) =>
    `There is not enough memory for ${f.what}: ${f.problem}. Feed smaller batches, or images of fewer pixels`,
}

type RuntimeErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends RuntimeErrors {}
}

/** The factory of the errors of this room. */
export const runtimeError = /* @__PURE__ */ errorsOf(texts)
