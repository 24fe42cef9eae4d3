import { homedir } from 'node:os'
import { join } from 'node:path'

const NAME = 'onnx-finetune'

/**
 * Returns the directory of downloads: $ONNX_FINETUNE_CACHE unchanged, or a folder of this library in the platform's
 * cache directory ($XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%).
 */
export function cacheDirectory(
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): string {
  if (env.ONNX_FINETUNE_CACHE) return env.ONNX_FINETUNE_CACHE
  if (platform === 'win32') return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), NAME, 'Cache')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', NAME)
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), NAME)
}
