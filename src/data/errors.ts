import { errorsOf, list } from '../errors.js'

const texts = {
  'dataset/no-directory': (f: { directory: string; problem: 'missing' | 'not a directory' | 'unreadable' }) =>
    `The dataset directory ${f.directory} is ${f.problem}. It must hold one folder of images for each class`,
  'dataset/no-class': (f: { directory: string }) =>
    `The dataset directory ${f.directory} holds no folder. It must hold one folder of images for each class`,
  'dataset/no-images': (f: { files: number; extensions: readonly string[] }) =>
    `There is no image among the ${f.files} files. Files that count end in ${list(f.extensions)}`,
  'dataset/no-class-folder': (f: { path: string }) =>
    `No image is in a folder that is named as its class (one is ${f.path}). Choose the folder that holds one folder of images for each class`,
  'dataset/several-sets': (f: { folders: readonly string[] }) =>
    `The files are several data sets: ${list(f.folders)}. Choose one by the option folder`,
  'dataset/unknown-class': (f: { class: string; path: string; classes: readonly string[] }) =>
    `The folder ${f.class} (${f.path}) is none of the classes ${list(f.classes)}`,
  'dataset/empty-class': (f: { class: string; directory: string; extensions: readonly string[] }) =>
    `The class ${f.class} has no image (${f.directory}). Files that count end in ${list(f.extensions)}`,
  'dataset/unsupported-file': (f: { path: string; extensions: readonly string[] }) =>
    `${f.path} is not an image that can be read: its name must end in ${list(f.extensions)}. Remove it, or pass onError: 'skip'`,
  'dataset/bad-archive': (f: { archive: string; problem: string }) =>
    `The archive ${f.archive} cannot be unpacked: ${f.problem}. Nothing of it was kept`,
  'dataset/bad-manifest': (f: { file: string; line?: number; problem: string }) =>
    `The manifest ${f.file}${f.line === undefined ? '' : `, line ${f.line},`} cannot be read: ${f.problem}`,
  'dataset/bad-shard': (f: { shard: string; problem: string }) => `The shard ${f.shard} cannot be read: ${f.problem}`,
  'data/unreadable': (f: { source: string; problem: string }) =>
    `The image ${f.source} cannot be read: ${f.problem}. Remove it, or pass onError: 'skip' to the loader`,
  'data/too-many-pixels': (f: { source: string; width: number; height: number; limit: number }) =>
    `The image ${f.source} has ${f.width} x ${f.height} pixels, more than ${f.limit}. Raise maxPixels if you trust it`,
  'data/no-sharp': (_: object) =>
    `decoder is 'sharp', but sharp is not installed. Run npm install sharp, or use 'auto'`,
  'data/no-jimp': (_: object) => `decoder is 'jimp', which the browser does not have: it decodes itself. Use 'auto'`,
  'data/no-decoder': (f: { decoder: string; problem: string }) =>
    `The image decoder ${f.decoder} is installed, but cannot be loaded: ${f.problem}. If too many files are open, use fewer workers or raise the limit (ulimit -n); else install the package again`,
  'data/unequal-shapes': (f: { first: string; firstShape: string; other: string; otherShape: string }) =>
    `A batch needs tensors of one shape [3, height, width], but the transform makes ${f.firstShape} of ${f.first} ` +
    `and ${f.otherShape} of ${f.other}. ` +
    'Let it end in a fixed size and toTensor(): randomResizedCrop(224), or resize(256) and centerCrop(224)',
  'data/too-many-files': (f: { what: string }) =>
    `${f.what} cannot be opened: this process or the system has too many files open. Close files that are not needed, use fewer workers, or raise the limit (ulimit -n)`,
  'data/worker-failed': (f: { problem: string; source?: string }) =>
    `A loading worker died${f.source === undefined ? '' : `, while it prepared ${f.source}`}, and so did those in its place: ${f.problem}`,
  'data/closed': (_: object) => 'The loader is closed. Make a new one',
}

type DataErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends DataErrors {}
}

/** The factory of the errors of this room. */
export const dataError = /* @__PURE__ */ errorsOf(texts)
