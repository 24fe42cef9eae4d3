import { errorsOf, list } from '../errors.js'

const texts = {
  'artifacts/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read the training artifact ${f.source}: ${f.problem}`,
  'artifacts/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write the training artifact ${f.path}: ${f.problem}. What was there is as it was`,
  'artifacts/malformed-checkpoint': (f: { problem: string; where?: string }) =>
    `Not a valid training checkpoint${f.where ? ` (${f.where})` : ''}: ${f.problem}`,
  'artifacts/checkpoint-version': (f: { version: number; supported: number }) =>
    `The checkpoint has version ${f.version}. Only version ${f.supported} can be read: make the artifacts again, with generateArtifacts or with the onnxruntime-training of Python in version 1.19`,
  'artifacts/unsupported-optimizer': (f: { operators: readonly string[]; supported: readonly string[] }) =>
    `The optimizer model has the operators ${list(f.operators)}. Supported: a model made by generateArtifacts, or one of ${list(f.supported)}`,
}

type ArtifactErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ArtifactErrors {}
}

/** The factory of the errors of this room. */
export const artifactError = /* @__PURE__ */ errorsOf(texts)
