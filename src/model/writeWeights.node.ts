import { writeBytes } from '#platform'
import { checkArgument, kinds } from '../arguments.js'
import { diskProblem } from '../platform/diskProblem.js'
import { weightsError } from '../weights/errors.js'
import type { Model } from './Model.js'
import { type SaveWeightsOptions, weightsPieces } from './saveWeights.js'

/**
 * Writes the weights as a safetensors file of any size, with the contents of `saveWeights`. Whatever happens while it
 * is written, a file that was there under that name before is intact.
 *
 *     for await (const event of run) if (event.type === 'epoch') await writeWeights(model, 'hotdog.safetensors')
 *
 * @throws FineTuneError 'weights/cannot-write'; those of `saveWeights`
 */
export async function writeWeights(model: Model, path: string | URL, options: SaveWeightsOptions = {}): Promise<void> {
  checkArgument('writeWeights: path', path, kinds.place)
  await writeBytes(path, weightsPieces(model, options)).catch((cause: unknown) => {
    throw weightsError('weights/cannot-write', { path: String(path), problem: diskProblem(cause) }, { cause })
  })
}
