import { errorsOf, list } from '../errors.js'

const texts = {
  'jobs/bad-list': (f: { file: string; line?: number; problem: string }) =>
    `The list ${f.file}${f.line === undefined ? '' : `, line ${f.line},`} cannot be read: ${f.problem}`,
  'jobs/not-empty': (f: { directory: string }) =>
    `${f.directory} has results already. Pass resume: true (--resume) to do what is missing, or choose another directory`,
  'jobs/other-job': (f: { directory: string; differences: readonly string[] }) =>
    `${f.directory} has results of another job: ${list(f.differences)} differ. Choose another directory`,
  'jobs/no-job': (f: { directory: string; problem: string }) => `${f.directory} has no job of shards: ${f.problem}`,
  'jobs/no-images': (f: { images: string; problem: string }) => `Cannot read the images, ${f.images}: ${f.problem}`,
  'jobs/run-failed': (f: { directory: string; problem: string }) => `The run in ${f.directory} failed: ${f.problem}`,
  'jobs/bad-shard': (f: { path: string }) =>
    `${f.path} is not as a job wrote it. Remove it, and call again: what is missing is computed`,
}

type JobErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends JobErrors {}
}

/** The factory of the errors of this room. */
export const jobError = /* @__PURE__ */ errorsOf(texts)
