import envPaths from 'env-paths'

/**
 * Returns the directory of downloads: $ONNX_FINETUNE_CACHE unchanged, or a folder of this library in the platform's
 * place for caches ($XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%).
 */
export const cacheDirectory = (): string =>
  process.env.ONNX_FINETUNE_CACHE || envPaths('onnx-finetune', { suffix: '' }).cache
