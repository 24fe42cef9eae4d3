import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { BLOCKS, CLASSES, EPSILON, folded, RATE, weightsFor } from '../problem.js'

const backends = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  webgl: () => import('@tensorflow/tfjs-backend-webgl'),
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
  wasm: async () => (await import('./tensorflowWasm.js')).register(),
}

/**
 * TensorFlow.js. Where batch norm is trained nothing can be fused with a convolution; frozen layers are fused ones with
 * their batch norm folded in. Running statistics are not updated.
 */
export async function prepare(backend, { mode, batch }) {
  await backends[backend]()
  if (!(await tf.setBackend(backend))) throw new Error(`no backend ${backend}`)
  await tf.ready()
  const weights = await weightsFor(mode)
  const { count, size, labels } = batch
  const images = tf.tidy(() => tf.transpose(tf.tensor4d(batch.pixels, [count, 3, size, size]), [0, 2, 3, 1]))
  const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES.length)
  const classifier = {
    w: tf.variable(matrix(weights['fc.weight'])),
    b: tf.variable(tf.tensor1d(weights['fc.bias'].data)),
  }
  const network = mode === 'head' ? frozen(weights) : trained(weights)
  const loss = () => {
    const features = tf.mean(network(images), [1, 2])
    return tf.losses.softmaxCrossEntropy(truth, tf.add(tf.matMul(features, classifier.w), classifier.b))
  }
  // Makes the variables: an optimizer trains those that exist when it begins.
  tf.tidy(() => void loss())
  const optimizer = tf.train.sgd(RATE)
  return async () => {
    const value = tf.tidy(() => optimizer.minimize(loss, true))
    const [number] = await value.data()
    value.dispose()
    return number
  }
}

function trained(weights) {
  const variables = new Map()
  const of = (name, make) => variables.get(name) ?? variables.set(name, tf.variable(make(weights[name]))).get(name)
  const conv = (x, name, norm, stride, pad) => {
    const y = tf.conv2d(x, of(`${name}.weight`, filter), stride, pad)
    const { mean, variance } = tf.moments(y, [0, 1, 2])
    return tf.batchNorm(y, mean, variance, of(`${norm}.bias`, vector), of(`${norm}.weight`, vector), EPSILON)
  }
  return resnet((x, name, norm, stride, pad, add) => {
    const y = conv(x, name, norm, stride, pad)
    return add === 'none' ? y : tf.relu(add ? tf.add(y, add) : y)
  })
}

function frozen(weights) {
  const layers = new Map()
  const of = (name, norm) => {
    const { filter: w, bias } = folded(weights, `${name}.weight`, norm)
    return { filter: filter(w), bias: vector(bias) }
  }
  return resnet((x, name, norm, stride, pad, add) => {
    const layer = layers.get(name) ?? layers.set(name, keep(of(name, norm))).get(name)
    const activation = add === undefined ? 'relu' : 'linear'
    const y = tf.fused.conv2d({ x, ...layer, strides: stride, pad, activation })
    return add === 'none' || add === undefined ? y : tf.relu(tf.add(y, add))
  })
}

/** Keeps tensors that were made in a tidy. */
const keep = ({ filter, bias }) => ({ filter: tf.keep(filter), bias: tf.keep(bias) })

/** `unit(x, convolution, norm, stride, pad, add)`: with ReLU unless `add` is `'none'`. */
function resnet(unit) {
  return (images) => {
    let x = tf.maxPool(unit(images, 'conv1', 'bn1', 2, 3), 3, 2, 1)
    for (const { name, isWider } of BLOCKS) {
      const y = unit(x, `${name}.conv1`, `${name}.bn1`, isWider ? 2 : 1, 1)
      const shortcut = isWider ? unit(x, `${name}.downsample.0`, `${name}.downsample.1`, 2, 0, 'none') : x
      x = unit(y, `${name}.conv2`, `${name}.bn2`, 1, 1, shortcut)
    }
    return x
  }
}

const filter = ({ data, dims }) => tf.tidy(() => tf.transpose(tf.tensor4d(data, dims), [2, 3, 1, 0]))
const matrix = ({ data, dims }) => tf.tidy(() => tf.transpose(tf.tensor2d(data, dims)))
const vector = ({ data }) => tf.tensor1d(data)
