import type { Backbone } from '../../backbones/Backbone.js'
import { headTensors } from '../../backbones/headLayers.js'
import { baseError } from '../../errors.js'
import { Model } from '../../model/Model.js'
import { mergeAdapters } from '../../model/mergeAdapters.js'
import { replaceHead } from '../../model/replaceHead.js'
import { removeDropout } from '../../onnx/transform/removeDropout.js'
import { type SplitModel, splitAtTrainable } from './splitAtTrainable.js'

/** A network, and its parts before its head and from it on. */
export interface SplitAtHead extends SplitModel {
  /** The network with a head that alone trains; its classes are '0', '1', ... */
  readonly model: Model
}

/**
 * Splits a network before its head.
 *
 * @param classes the number of classes of the head
 * @param argument the name of the network in errors
 * @throws FineTuneError 'options/invalid' for a network that is nothing but a head, 'model/no-head'
 */
export function splitAtHead(backbone: Backbone, classes: number, argument: string): SplitAtHead {
  const model = withHeadAlone(backbone, classes)
  const split = splitAtTrainable(model)
  if (split) return { model, ...split }
  throw baseError('options/invalid', {
    option: argument,
    received: backbone.architecture,
    expected: 'a network with layers before its head',
  })
}

/**
 * Splits a network after the embedding of its head, if there is one, else before its head.
 *
 * @throws FineTuneError 'options/invalid' for a network that is nothing but a head, 'model/no-head'
 */
export function splitAtEmbedding(backbone: Backbone, argument: string): SplitAtHead {
  const { head } = backbone
  if (!head.embedding) return splitAtHead(backbone, 2, argument)
  const merged = backbone instanceof Model ? mergeAdapters(backbone) : backbone
  const { architecture, parameters, buffers, classes, preprocessing, warnings, kept } = merged
  const graph = merged.graph.clone()
  // Dropout before the embedding would count as trained.
  removeDropout(graph)
  const facts = { architecture, parameters, buffers, classes, preprocessing, warnings, kept }
  return splitAtHead({ ...facts, graph, head: { weight: head.weight, bias: head.bias } }, 2, argument)
}

/** Returns the network with a head for the given number of classes, which alone trains. */
function withHeadAlone(backbone: Backbone, classes: number): Model {
  const names = Array.from({ length: classes }, (_, label) => `${label}`)
  const task = classes > 1 ? 'classification' : 'regression'
  const model = replaceHead(backbone, { classes: names, task, init: 'zeros' })
  for (const name of model.parameters) if (!headTensors(model.head).includes(name)) model.frozen.add(name)
  return model
}
