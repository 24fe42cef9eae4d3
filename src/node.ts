export type { ImageFolderDataset, ImageFolderOptions } from './data/node/ImageFolder.js'
export { ImageFolder } from './data/node/ImageFolder.js'
