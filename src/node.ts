/**
 * Functions that need files and a terminal.
 *
 * @module onnx-finetune/node
 */

export type { CacheSourcesOptions } from './data/dataset/cacheSources.node.js'
export { cacheSources } from './data/dataset/cacheSources.node.js'
export type { DownloadArchiveOptions } from './data/dataset/downloadArchive.node.js'
export { downloadArchive } from './data/dataset/downloadArchive.node.js'
export type { ImageFolderDataset, ImageFolderOptions } from './data/dataset/ImageFolder.node.js'
export { ImageFolder } from './data/dataset/ImageFolder.node.js'
export type { ManifestOptions } from './data/dataset/manifestDataset.node.js'
export { manifestDataset } from './data/dataset/manifestDataset.node.js'
export type { TarDatasetOptions } from './data/dataset/tarDataset.node.js'
export { tarDataset } from './data/dataset/tarDataset.node.js'
export { writeWeights } from './model/writeWeights.node.js'
export { writeFileWhole } from './platform/node/writeFileWhole.js'
export type { ShowProgressOptions } from './progress/showProgress.node.js'
export { showProgress } from './progress/showProgress.node.js'
export { writeProject } from './project/writeProject.node.js'
export type { ReportSource, WriteReportOptions } from './report/writeReport.node.js'
export { writeMetrics, writeReport, writeTensorBoard } from './report/writeReport.node.js'
