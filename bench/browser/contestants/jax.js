import { defaultDevice, init, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax'
import { BLOCKS, CLASSES, EPSILON, folded, RATE, weightsFor } from '../problem.js'

/** jax-js: loss, gradients and update in one jit. An array is consumed by its use, unless it is used as `.ref`. */
export async function prepare(device, { mode, batch }) {
  if (!(await init(device)).includes(device)) throw new Error(`no device ${device}`)
  defaultDevice(device)
  const weights = await weightsFor(mode)
  const { count, size, labels } = batch
  const images = np.array(batch.pixels).reshape([count, 3, size, size])
  const truth = nn.oneHot(np.array(labels, { dtype: np.int32 }), CLASSES.length)
  let trainable = mode === 'head' ? arrays(pick(weights, /^fc/)) : arrays(pick(weights, /(weight|bias)$/))
  const constants = mode === 'head' ? arrays(foldedAll(weights)) : {}
  const unit = mode === 'head' ? frozenUnit : trainedUnit

  const loss = (params, fixed, x, wanted) => {
    const own = { ...params, ...fixed }
    const features = np.mean(network(unit(own), x), [2, 3])
    const logits = np.dot(features, np.transpose(params['fc.weight'])).add(params['fc.bias'])
    return np.sum(nn.logSoftmax(logits, 1).mul(wanted)).mul(-1 / count)
  }
  const update = jit((params, fixed, x, wanted) => {
    const names = Object.keys(params)
    const kept = Object.fromEntries(names.map((name) => [name, params[name].ref]))
    const [value, gradients] = valueAndGrad(loss)(params, fixed, x, wanted)
    const next = Object.fromEntries(names.map((name) => [name, kept[name].sub(gradients[name].mul(RATE))]))
    return [value, next]
  })
  return async () => {
    const fixed = Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, value.ref]))
    const [value, next] = update(trainable, fixed, images.ref, truth.ref)
    trainable = next
    return (await value.data())[0]
  }
}

const pick = (weights, pattern) => Object.fromEntries(Object.entries(weights).filter(([name]) => pattern.test(name)))

function arrays(tensors) {
  const toArray = ({ data, dims }) => np.array(data).reshape(dims)
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toArray(tensor)]))
}

function foldedAll(weights) {
  const layers = [
    'conv1',
    ...BLOCKS.flatMap(({ name, isWider }) =>
      ['conv1', 'conv2', ...(isWider ? ['downsample.0'] : [])].map((conv) => `${name}.${conv}`),
    ),
  ]
  return Object.fromEntries(
    layers.flatMap((conv) => {
      const { filter, bias } = folded(weights, `${conv}.weight`, normOf(conv))
      return [
        [`${conv}.weight`, filter],
        [`${conv}.bias`, bias],
      ]
    }),
  )
}

const normOf = (conv) => conv.replace('downsample.0', 'downsample.1').replace(/conv(\d)$/, 'bn$1')
const convolve = (x, w, stride, pad) =>
  lax.conv(
    x,
    w,
    [stride, stride],
    [
      [pad, pad],
      [pad, pad],
    ],
  )
const wide = (perChannel) => perChannel.reshape([1, -1, 1, 1])

const trainedUnit = (own) => (x, conv, stride, pad) => {
  const y = convolve(x, own[`${conv}.weight`], stride, pad)
  const centered = y.ref.sub(np.mean(y, [0, 2, 3], { keepdims: true }))
  const variance = np.mean(np.square(centered.ref), [0, 2, 3], { keepdims: true })
  const norm = normOf(conv)
  const scale = wide(own[`${norm}.weight`]).div(np.sqrt(variance.add(EPSILON)))
  return centered.mul(scale).add(wide(own[`${norm}.bias`]))
}

const frozenUnit = (own) => (x, conv, stride, pad) =>
  convolve(x, own[`${conv}.weight`], stride, pad).add(wide(own[`${conv}.bias`]))

function network(unit, images) {
  let x = maxPool(nn.relu(unit(images, 'conv1', 2, 3)))
  for (const { name, isWider } of BLOCKS) {
    const y = nn.relu(unit(x.ref, `${name}.conv1`, isWider ? 2 : 1, 1))
    const shortcut = isWider ? unit(x, `${name}.downsample.0`, 2, 0) : x
    x = nn.relu(unit(y, `${name}.conv2`, 1, 1).add(shortcut))
  }
  return x
}

/** 3x3 at stride 2. Behind a ReLU, padding with zeros is padding with the smallest value. */
const maxPool = (x) =>
  lax.reduceWindow(
    np.pad(x, [
      [0, 0],
      [0, 0],
      [1, 1],
      [1, 1],
    ]),
    np.max,
    [3, 3],
    [2, 2],
  )
