import { IMAGENET, newNetwork } from '../../../src/backbones/Architecture.js'
import { initialise } from '../../../src/backbones/initialise.js'
import { Model } from '../../../src/model/Model.js'

/** A network of two convolutions with batch norm and a head, which opens in no time. */
export function tinyModel(): Model {
  const { net, input } = newNetwork('tiny', 24)
  const stage = (i: number, x: string, from: number, to: number) =>
    net.relu(
      `relu${i}`,
      net.batchNorm(`bn${i}`, net.conv(`conv${i}`, x, { from, to, kernel: 3, stride: 2, pad: 1 }), to),
    )
  const x = stage(2, stage(1, input, 3, 8), 8, 16)
  const pooled = net.op('', 'Flatten', [net.globalAveragePool('avgpool', x)], { axis: 1 })
  const logits = net.linear('fc', pooled, { from: 16, to: 2, output: 'logits' })
  const { graph } = net.g
  net.g.output(logits, 'float32', ['N', 2])
  for (const [name, tensor] of initialise(net.tensors, 1)) graph.initializers.set(name, tensor)
  const named = (role: string) => net.tensors.filter((tensor) => tensor.role === role).map(({ name }) => name)
  return new Model({
    architecture: 'tiny',
    graph,
    parameters: named('parameter'),
    buffers: named('buffer'),
    head: { weight: 'fc.weight', bias: 'fc.bias' },
    classes: ['blue', 'red'],
    preprocessing: { resize: 28, crop: 24, ...IMAGENET },
  })
}
