import { train } from '../../src/cli/commands/train.js'
import type { TrainOptions } from '../../src/cli/finetune/options.js'
import { parse } from '../../src/cli/options/program.js'
import { directoryOf } from '../data/support.js'
import { images } from '../finetune/support/smallRun.js'

/** The options of `train` for a network that trains in no time. */
export const TINY = ['--weights', 'none', '--width', '8', '--image-size', '32', '--workers', '0', '--threads', '1']

/** What `train photos` makes of its options. */
export const optionsOf = async (...argv: string[]): Promise<TrainOptions> =>
  (await parse(train, ['photos', ...argv])).options as unknown as TrainOptions

const drawn = await images(16, 0)

/** A folder of 16 images of two classes. */
export async function folder(): Promise<string> {
  const { classes, samples, read } = drawn
  const files = samples.map(async ({ label }, i) => [`${classes[label]}/${i}.png`, await read!(i)] as const)
  return directoryOf(Object.fromEntries(await Promise.all(files)))
}
