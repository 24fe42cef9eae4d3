import { headTensors } from '../backbones/headLayers.js'
import type { ParamGroup } from '../optim/Optimizer.js'
import type { Model } from './Model.js'

/** The settings of layer-wise decay. */
interface LayerDecay {
  readonly lr: number
  readonly layerDecay: number
  readonly headLrMultiplier: number
  readonly weightDecay?: number | undefined
}

/**
 * Returns groups whose learning rate falls from layer to layer, as timm's `param_groups_layer_decay`: the head has the
 * full rate, each layer before it `layerDecay` times that of the next. Biases, norms, tokens and position embeddings do
 * not decay, so that a layer has two groups: `layer_3_decay`, `layer_3_no_decay`.
 */
export function layerGroups(model: Model, settings: LayerDecay): ParamGroup[] {
  const { lr, layerDecay, headLrMultiplier, weightDecay, ...rest } = settings
  const layers = layersOf(model)
  return layers.flatMap((names, i) => {
    const isHead = i === layers.length - 1
    const rate = lr * layerDecay ** (layers.length - 1 - i) * (isHead ? headLrMultiplier : 1)
    const isExempt = (name: string) => model.get(name).dims.length < 2 || NO_DECAY.test(name)
    const group = (kind: 'decay' | 'no_decay') => ({
      name: `layer_${i}_${kind}`,
      params: names.filter((name) => isExempt(name) === (kind === 'no_decay')),
      lr: rate,
      ...rest,
      ...(kind === 'no_decay' ? { weightDecay: 0 } : weightDecay !== undefined && { weightDecay }),
    })
    return [group('no_decay'), group('decay')].filter(({ params }) => params.length > 0)
  })
}

/** The parameters of several dimensions that timm's transformers exempt from decay. */
const NO_DECAY = /(^|\.)(cls_token|class_token|reg_token|pos_embed|pos_embedding)$/

/**
 * Returns the parameters of each layer, from the stem to the head. Layers are the blocks by which a network numbers its
 * modules (`layer1.0`, `encoder_layer_3`, `features.2.1`). What comes before the first of them is the stem; what comes
 * between or behind them, such as a last norm, belongs to the block before.
 */
export function layersOf({ parameters, head }: Model): readonly (readonly string[])[] {
  const ofHead = new Set(headTensors(head))
  const isHead = (name: string) => ofHead.has(name)
  const body = parameters.filter((name) => !isHead(name))
  const blocks = new Set(body.filter((name) => innerOf(name).includes('.')).map(blockOf))
  const layers = new Map<string, string[]>()
  let last = ''
  for (const name of body) {
    const block = blockOf(name)
    // A network without blocks has a layer for each of its modules.
    if (blocks.has(block) || blocks.size === 0) last = block
    layers.set(last, [...(layers.get(last) ?? []), name])
  }
  return [...layers.values(), parameters.filter(isHead)]
}

/** A numbered module, and one that is numbered inside of it: `layer1.0`, `features.1.0`, `blocks.3`. */
const BLOCK = /^((?:[A-Za-z_]+\.)*[A-Za-z_]*\d+(?:\.\d+)?)\./

const blockOf = (name: string): string => BLOCK.exec(name)?.[1] ?? ''

/** Returns the rest of a name inside its block: `conv1.weight`. */
const innerOf = (name: string): string => (blockOf(name) === '' ? '' : name.slice(blockOf(name).length + 1))
