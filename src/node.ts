/**
 * What needs files and a terminal.
 *
 * @module onnx-finetune/node
 */

export type { DownloadArchiveOptions } from './data/node/downloadArchive.js'
export { downloadArchive } from './data/node/downloadArchive.js'
export type { ImageFolderDataset, ImageFolderOptions } from './data/node/ImageFolder.js'
export { ImageFolder } from './data/node/ImageFolder.js'
export { writeWeights } from './model/node/writeWeights.js'
export { writeFileWhole } from './platform/node/writeFileWhole.js'
export type { ShowProgressOptions } from './progress/node/showProgress.js'
export { showProgress } from './progress/node/showProgress.js'
export type { ReportSource } from './report/node/writeReport.js'
export { writeMetrics, writeReport, writeTensorBoard } from './report/node/writeReport.js'
