import { errorsOf } from '../errors.js'

const texts = {
  'project/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read a project from ${f.source}: ${f.problem}`,
  'project/damaged': (f: { source: string; problem: string }) =>
    `The project ${f.source} cannot be used: ${f.problem}. Nothing of it was opened`,
  'project/damaged-image': (f: { source: string; image: string; problem: string }) =>
    `The image ${f.image} of the project ${f.source} cannot be read: ${f.problem}. A project that was written again must be opened again`,
  'project/not-a-project': (f: { source: string }) =>
    `${f.source} is no project that saveProject made: it has no project.json. A zip file of images is unpacked first, and its folder opened by ImageFolder`,
  'project/newer-version': (f: { source: string; version: number; known: number }) =>
    `The project ${f.source} has version ${f.version}, and this version of onnx-finetune knows ${f.known}. Update onnx-finetune`,
}

type ProjectErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends ProjectErrors {}
}

/** The factory of the errors of this room. */
export const projectError = /* @__PURE__ */ errorsOf(texts)
