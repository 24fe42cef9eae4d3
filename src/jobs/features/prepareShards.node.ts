import { join, resolve } from 'node:path'
import { writeBytes } from '#platform'
import { isRemote } from '../../data/dataset/dataset.js'
import { baseError } from '../../errors.js'
import { digest, digestOfJson } from '../../io/download/digest.js'
import { writeModel } from '../../onnx/format/write.js'
import { stepsOf } from '../../transforms/compose.js'
import { toSpec } from '../../transforms/specs.js'
import type { AnyTransform } from '../../transforms/transform.js'
import { shardCount } from '../shards/missingShards.node.js'
import { ShardFiles } from '../shards/ShardFiles.node.js'
import type { FeatureView } from './FeatureView.js'
import type { FeaturesInput } from './featuresJob.node.js'

interface ShardOptions {
  readonly directory: string
  readonly batchSize: number
  readonly shards?: number | undefined
}

/**
 * Writes what the jobs of a view read, the network and the list of images, into a directory that is named after all that
 * the shards depend on: another call for the same finds what is done.
 *
 * @returns the files, and what the inputs of all jobs have in common
 * @throws FineTuneError 'options/invalid' for a transform that other processes do not know, 'file/cannot-write'
 */
export async function prepareShards(view: FeatureView, options: ShardOptions) {
  const front = writeModel(view.split.front)
  const { samples } = view.dataset
  const list = new TextEncoder().encode(
    samples.map(({ source }) => `${JSON.stringify({ source: placeOf(source) })}\n`).join(''),
  )
  const { seed, decoder, autoOrient } = view
  const shards = shardCount(samples.length, options.shards)
  const settings = {
    ...{ transforms: stepsOf(view.transform).map(specOf), view: view.view },
    ...{ seed, decoder, autoOrient, batchSize: options.batchSize },
  } satisfies Partial<FeaturesInput>
  const digests = { front: await digest('SHA-256', front), list: await digest('SHA-256', list) }
  const description = { job: 'features', shards, ...settings, ...digests }
  const name = `shards-${(await digestOfJson(description)).slice(0, 16)}`
  const directory = resolve(options.directory, name)
  const files = await ShardFiles.open(directory, description, {
    resume: true,
    ending: 'safetensors',
    images: samples.length,
  })
  const input = { ...settings, front: join(directory, 'front.onnx'), list: join(directory, 'images.jsonl') }
  await writeBytes(input.front, [front])
  await writeBytes(input.list, [list])
  return { files, input }
}

const placeOf = (source: string): string => (isRemote(source) ? source : resolve(source))

function specOf(step: AnyTransform): { readonly name: string; readonly options: unknown } {
  const spec = toSpec(step)
  if (spec) return spec
  throw baseError('options/invalid', {
    option: 'computeFeatures: a transform',
    received: step.name,
    expected: 'one of this library, since others are known to this process alone',
  })
}
