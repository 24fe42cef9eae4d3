import { recogniseBackbone, type WeightsFile } from '../../index.js'
import { count, bytes as inBytes, plural, shape } from '../terminal/format.js'
import type { Description } from './Description.js'

/** Describes a safetensors or PyTorch file: its tensors, and their network, if it is one that can be loaded. */
export function describeWeights(path: string, bytes: number, { format, tensors, metadata }: WeightsFile): Description {
  const list = [...tensors].map(([name, { type, dims, data }]) => ({ name, type, dims, numbers: data.length }))
  const numbers = list.reduce((sum, tensor) => sum + tensor.numbers, 0)
  const backbone = recogniseBackbone(tensors)
  const text = Object.fromEntries(metadata)
  return {
    data: { kind: 'weights', path, bytes, format, backbone, numbers, tensors: list, metadata: text },
    title: `${path}: ${format} weights, ${inBytes(bytes)}`,
    sections: [
      [
        'network',
        backbone
          ? `${backbone.backbone}, width ${backbone.width}, ${classesOf(backbone.classes)}`
          : 'none that loadBackbone knows',
      ],
      ['numbers', `${count(numbers)} in ${plural(list.length, 'tensor')}`],
      ...Object.entries(text).map(([key, value]) => [key, value] as const),
      ['tensors', { rows: list.map(({ name, type, dims }) => [name, type, shape(dims)]) }],
    ],
  }
}

const classesOf = (classes: number): string =>
  classes === 0 ? 'no classifier' : plural(classes, 'class').replace(/ss$|sss$/, 'sses')
