import { freeze, generateArtifacts, loadBackbone, paramGroups, replaceHead, sgd } from 'onnx-finetune'

const frozenUpTo = { train: undefined, infer: undefined, layer4: 'layer3', head: 'layer4' }
export const MODES = Object.keys(frozenUpTo)

/** A network with random weights, frozen as a mode of work wants it: those that freeze layers know a ResNet's. */
export async function modelFor(mode, classes, imageSize = 224, network = 'resnet18') {
  if (!MODES.includes(mode)) throw new Error(`--mode must be one of ${MODES.join(', ')}`)
  const model = replaceHead(await loadBackbone(network, { weights: 'none', imageSize }), { classes })
  if (frozenUpTo[mode]) freeze(model, { upTo: frozenUpTo[mode] })
  return model
}

/** Its training artifacts: forward, loss, backward and SGD with weight decay. */
export const artifactsOf = (model) =>
  generateArtifacts(model, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen, ...model.buffers],
    loss: { type: 'crossEntropy', reduction: 'sum' },
    outputs: ['logits'],
    optimizer: sgd(paramGroups(model, { lr: 1e-5, weightDecay: 1e-3 })),
  })
