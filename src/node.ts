export type { DownloadArchiveOptions } from './data/node/downloadArchive.js'
export { downloadArchive } from './data/node/downloadArchive.js'
export type { ImageFolderDataset, ImageFolderOptions } from './data/node/ImageFolder.js'
export { ImageFolder } from './data/node/ImageFolder.js'
