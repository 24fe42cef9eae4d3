import { readFileSync } from 'node:fs'
import { describe, test } from 'vitest'
import { readModel } from '../../src/onnx/format/read.js'
import { float32, type Tensor } from '../../src/onnx/graph/tensor.js'
import { gaussian } from '../support/checkOp.js'
import { expectAllClose } from '../support/compare.js'
import { runOfficial } from '../support/officialRuntime.js'
import { sharedPath } from '../support/shared.js'
import { runOn } from '../support/stockRuntime.js'
import { where } from '../support/where.js'
import { gradientsShown, lowered } from './support.js'

describe('artifacts of the official tool', () => {
  for (const folder of ['mlp', 'conv1d'])
    for (const runtime of where.runtimes) {
      const path = sharedPath('artifacts', folder, 'training_model.onnx')
      test.skipIf(!path)(`${folder} has the official loss and gradients on ${runtime}`, async () => {
        const official = readModel(new Uint8Array(readFileSync(path!)))
        const feeds = Object.fromEntries(
          official.inputs.map(({ name, type, shape }) => {
            const dims = shape!.map((dim) => (typeof dim === 'number' ? dim : dim === 'input-0_dim1' ? 784 : 4))
            if (name === 'labels') return [name, labels(type as 'int32' | 'int64')]
            if (name === 'lazy_reset_grad') return [name, { type: 'bool', dims: [1], data: Uint8Array.of(1) } as const]
            const fan = Math.sqrt(dims.slice(1).reduce((a, b) => a * b, 1))
            const values = gaussian(dims, name)
            return [
              name,
              name.startsWith('input')
                ? values
                : float32(
                    values.data.map((value) => value / fan),
                    dims,
                  ),
            ]
          }),
        )
        const expected = await runOfficial(gradientsShown(official), feeds)
        expectAllClose(await runOn(runtime, lowered()(official), feeds), expected, 1e-5)
      })
    }
})

const labels = (type: 'int32' | 'int64'): Tensor =>
  type === 'int32'
    ? { type, dims: [4], data: Int32Array.of(0, 1, 0, 1) }
    : { type, dims: [4], data: BigInt64Array.of(0n, 1n, 0n, 1n) }
