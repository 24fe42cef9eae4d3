/**
 * Functions that need a page.
 *
 * @module onnx-finetune/web
 */

export type { CameraOptions } from './data/dataset/cameraFrames.web.js'
export { cameraFrames } from './data/dataset/cameraFrames.web.js'
export type { FileDataset, FileDatasetOptions } from './data/dataset/fileDataset.web.js'
export { fileDataset } from './data/dataset/fileDataset.web.js'
export type { FileEntry, FileSource, ImageFiles, ImageFilesOptions, LeftOut } from './data/dataset/imageFiles.web.js'
export { imageFiles } from './data/dataset/imageFiles.web.js'
export { rgbImageFrom } from './data/decode/rgbImageFrom.web.js'
export { downloadFile } from './platform/web/downloadFile.js'
export type { RuntimeFiles } from './platform/web/runtimeFiles.js'
export { setRuntimeFiles } from './platform/web/setRuntimeFiles.js'
