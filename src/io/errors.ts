import { errorsOf } from '../errors.js'

const texts = {
  'download/failed': (f: {
    what: string
    attempts: readonly { readonly url: string; readonly problem: string }[]
    places: readonly { readonly url: string; readonly path: string }[]
  }) =>
    `Cannot download ${f.what}: ${f.attempts.map(({ url, problem }) => `${url} ${problem}`).join('; ')}. ` +
    `Without a network, bring one of these files: ${f.places.map(({ url, path }) => `${url} to ${path}`).join(', or ')}`,
  'download/wrong-bytes': (f: { file: string; url: string; problem: string }) =>
    `${f.url} is not the ${f.file} that it should be: ${f.problem}. Nothing was kept`,
  'download/gone': (f: { url: string; problem: string }) => `${f.url} is not there: it ${f.problem}`,
  'download/unreachable': (f: { url: string; attempts: number; problem: string }) =>
    `${f.url} cannot be fetched: it ${f.problem}, the last of ${f.attempts} times`,
  'download/too-large': (f: { url: string; bytes: number }) => `${f.url} is larger than ${f.bytes} bytes`,
  'download/cache': (f: { path: string; problem: string }) =>
    `Downloads cannot be kept in ${f.path}: ${f.problem}. Name another directory in the option cacheDirectory or the environment variable ONNX_FINETUNE_CACHE`,
}

type IoErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends IoErrors {}
}

/** The factory of the errors of this room. */
export const ioError = /* @__PURE__ */ errorsOf(texts)
