import { writeBytes } from '#platform'
import { checkArgument, kinds } from '../../arguments.js'
import { FineTuneError } from '../../errors.js'
import type { Model } from '../Model.js'
import { type SaveWeightsOptions, saveWeights } from '../saveWeights.js'

/**
 * Writes the weights as a safetensors file, as `saveWeights` makes it. Whatever happens while it is written, what was there
 * under that name before is whole.
 *
 *     for await (const event of run) if (event.type === 'epoch') await writeWeights(model, 'hotdog.safetensors')
 *
 * @throws FineTuneError 'weights/cannot-write', and as `saveWeights`
 */
export async function writeWeights(model: Model, path: string | URL, options: SaveWeightsOptions = {}): Promise<void> {
  checkArgument('writeWeights: path', path, kinds.place)
  await writeBytes(path, saveWeights(model, options)).catch((cause: Error) => {
    throw new FineTuneError('weights/cannot-write', { path: String(path), problem: cause.message }, { cause })
  })
}
