import * as z from 'zod'
import { checkArgument } from '../arguments.js'
import { writeNetworkInfo } from '../backbones/savedNetworkInfo.js'
import { joined } from '../bytes.js'
import { float32ToFloat16 } from '../onnx/graph/halfFloats.js'
import { int64, type Tensor } from '../onnx/graph/tensor.js'
import { checkOptions } from '../options.js'
import { weightsError } from '../weights/errors.js'
import { safetensorsPieces } from '../weights/writeSafetensors.js'
import { type Model, modelKind } from './Model.js'
import { mergeAdapters } from './mergeAdapters.js'

export interface SaveWeightsOptions {
  /** The precision; `'float16'` halves the file: values are rounded to nearest. @default 'float32' */
  readonly precision?: 'float32' | 'float16' | undefined
}

const schema = z.strictObject({ precision: z.enum(['float32', 'float16']).default('float32') })

/**
 * Returns the weights as the bytes of a safetensors file that torchvision can load:
 * `torchvision.models.resnet18(num_classes=2).load_state_dict(load_file('hotdog.safetensors'))`. Its metadata holds
 * architecture, width, image size, class names, task and preprocessing, so `loadBackbone` restores all of it:
 * `loadBackbone('resnet18', { weights: './hotdog.safetensors' })`. Torch's batch counters beside the running statistics
 * are 0 here: torch uses them only without a momentum. Tensors of a file that the network does not use, such as the
 * `mask_token` of DINOv2, are not in it.
 *
 * @throws FineTuneError 'weights/unwritable' where a value is too large for float16, 'options/invalid'
 */
export const saveWeights = (model: Model, options: SaveWeightsOptions = {}): Uint8Array =>
  joined(weightsPieces(model, options))

/** Returns the file of `saveWeights` in pieces: together they may be longer than an array. */
export function weightsPieces(model: Model, options: SaveWeightsOptions): Uint8Array[] {
  checkArgument('saveWeights: model', model, modelKind)
  const { precision } = checkOptions(schema, options, 'saveWeights')
  const merged = mergeAdapters(model)
  const tensors = new Map<string, Tensor>()
  for (const name of [...merged.parameters, ...merged.buffers]) {
    const tensor = merged.get(name)
    tensors.set(name, precision === 'float16' ? narrow(name, tensor) : tensor)
  }
  for (const name of model.buffers)
    if (name.endsWith('.running_mean'))
      tensors.set(name.replace(/running_mean$/, 'num_batches_tracked'), int64([0], []))
  const { architecture, classes, preprocessing, kept, head } = model
  const task = model.task === 'classification' ? undefined : model.task
  // The stem of every network by name comes first. (To recognise the network would load all of them.)
  const [stem] = model.parameters
  const width = architecture === 'onnx' || stem === undefined ? undefined : channelsOf(model.get(stem))
  const facts = writeNetworkInfo({
    ...{ architecture, classes, task, width, preprocessing },
    ...{ kept: kept?.classes, dropout: head.dropout, embedding: head.embedding },
  })
  return safetensorsPieces(tensors, new Map([['format', 'pt'], ...facts]))
}

/** Returns the channels of the first tensor of a network: filters [channels, ...], or a token [1, 1, channels]. */
const channelsOf = ({ dims }: Tensor): number | undefined => (dims.length === 3 ? dims[2] : dims[0])

/** The smallest number that rounds to infinity; the largest float16 is 65504. */
const TOO_LARGE = 65520

function narrow(name: string, { data, dims }: Tensor<'float32'>): Tensor<'float16'> {
  const tooLarge = data.find((value) => Number.isFinite(value) && Math.abs(value) >= TOO_LARGE)
  if (tooLarge !== undefined)
    throw weightsError('weights/unwritable', {
      tensor: name,
      problem: `it holds ${tooLarge}, and float16 ends at 65504`,
    })
  return { type: 'float16', dims, data: float32ToFloat16(data) }
}
