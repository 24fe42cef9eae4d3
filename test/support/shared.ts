import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Data that is not part of the repository (photographs, pretrained weights): `ONNX_FINETUNE_SHARED`, or `../shared`
 * beside the checkout. `undefined` where it is absent; a test that needs it then skips.
 */
export function sharedPath(...parts: readonly string[]): string | undefined {
  const path = join(process.env.ONNX_FINETUNE_SHARED ?? resolve('../shared'), ...parts)
  return existsSync(path) ? path : undefined
}
