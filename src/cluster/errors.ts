import { errorsOf, list } from '../errors.js'

const texts = {
  'cluster/process-died': (f: { kind: string; problem: string }) =>
    `The process that carried out a job of the kind ${f.kind} died: ${f.problem}. If it ran out of memory, use a lower concurrency or smaller shards`,
  'cluster/unknown-job': (f: { kind: string; known: readonly string[] }) =>
    `This worker knows no job of the kind ${f.kind}, but ${list(f.known)}. Run one version of onnx-finetune everywhere`,
  'cluster/job-failed': (f: { kind: string; problem: string }) => `A job of the kind ${f.kind} failed: ${f.problem}`,
  'cluster/no-queue': (f: { problem: string }) =>
    `Jobs over Redis need the packages bullmq and ioredis. Run npm install bullmq ioredis (${f.problem})`,
  'cluster/no-redis': (f: { url: string; problem: string }) =>
    `Redis at ${f.url} cannot be used: ${f.problem}. Is it running, and are address and password right?`,
  'cluster/old-redis': (f: { url: string; version: string; least: string }) =>
    `Redis at ${f.url} is of version ${f.version}; the queue needs ${f.least} or later`,
  'cluster/evicting-redis': (f: { url: string; policy: string }) =>
    `Redis at ${f.url} removes data when its memory is full (maxmemory-policy ${f.policy}), jobs too. Set it to noeviction: redis-cli config set maxmemory-policy noeviction`,
  'cluster/closed': (_: object) => 'The cluster is closed. Make a new one',
}

type ClusterErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ClusterErrors {}
}

/** The factory of the errors of this room. */
export const clusterError = /* @__PURE__ */ errorsOf(texts)
