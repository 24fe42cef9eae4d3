import envPaths from 'env-paths'

/**
 * The directory that downloads are kept in: $ONNX_FINETUNE_CACHE as it is, or a folder of this library in the platform's
 * place for caches ($XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%).
 */
export const cacheDirectory = (): string =>
  process.env.ONNX_FINETUNE_CACHE || envPaths('onnx-finetune', { suffix: '' }).cache
