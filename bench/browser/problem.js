// The problem that every contestant solves: a ResNet-18 with these weights, a batch, and SGD without momentum.
import { freeze, generateArtifacts, loadBackbone, paramGroups, replaceHead, sgd } from 'onnx-finetune'

export const RATE = 1e-3
export const CLASSES = ['a', 'b']
export const EPSILON = 1e-5

/** The training artifacts of a ResNet-18 with random weights, the same each time. In mode `head` only the last layer is trained. */
export async function artifactsFor(mode, imageSize, official = false) {
  const model = replaceHead(await loadBackbone('resnet18', { weights: 'none', imageSize }), { classes: CLASSES })
  if (mode === 'head') freeze(model, { upTo: 'layer4' })
  return generateArtifacts(model, {
    requiresGrad: model.trainable,
    frozenParams: [...model.frozen, ...model.buffers],
    loss: { type: 'crossEntropy', reduction: 'mean' },
    optimizer: official ? 'sgd' : sgd(paramGroups(model, { lr: RATE })),
  })
}

/** The weights and running statistics by torchvision's names: `{ data, dims }`. */
export async function weightsFor(mode) {
  const { checkpoint } = await artifactsFor(mode, 224)
  return Object.fromEntries([...checkpoint.parameters].map(([name, { tensor }]) => [name, tensor]))
}

/** A batch of noise, NCHW, the same each time, and its labels. */
export function batchOf(count, size) {
  let state = 1
  const next = () => {
    state = (state * 48271) % 2147483647
    return (2 * state) / 2147483647 - 1
  }
  const pixels = Float32Array.from({ length: count * 3 * size * size }, next)
  return { count, size, pixels, labels: Array.from({ length: count }, (_, i) => i % CLASSES.length) }
}

/** ResNet-18's blocks: the name, and whether a 1x1 convolution is beside it. */
export const BLOCKS = [1, 2, 3, 4].flatMap((stage) =>
  [0, 1].map((block) => ({ name: `layer${stage}.${block}`, isWider: stage > 1 && block === 0 })),
)

/** The filter and the bias of a convolution with the frozen batch norm behind it: `{ filter, bias }`, in OIHW. */
export function folded(weights, conv, norm) {
  const { data, dims } = weights[conv]
  const of = (part) => weights[`${norm}.${part}`].data
  const scale = of('weight').map((gamma, i) => gamma / Math.sqrt(of('running_var')[i] + EPSILON))
  const perOutput = data.length / dims[0]
  return {
    filter: { data: data.map((value, i) => value * scale[Math.floor(i / perOutput)]), dims },
    bias: { data: of('bias').map((beta, i) => beta - of('running_mean')[i] * scale[i]), dims: [dims[0]] },
  }
}
