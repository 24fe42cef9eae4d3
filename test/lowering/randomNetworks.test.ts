import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FineTuneError } from '../../src/errors.js'
import { blockOf } from '../../src/lowering/targets.js'
import { chooseTarget } from '../../src/runtime/chooseTarget.js'
import { openRuntime } from '../../src/runtime/runtime.js'
import { fuzz } from '../support/fuzz.js'
import { thorough } from '../support/thorough.js'
import { expectAgreement } from './networks/agreement.js'
import { type Description, description } from './networks/description.js'

/** `FUZZ_RUNS=2000 npx vitest run test/lowering/randomNetworks.test.ts` looks at 2000, FUZZ_SEED at others. */
const { numRuns, seed } = fuzz(thorough ? 50 : 20)
const target = await chooseTarget(await openRuntime('onnxruntime-node', { threads: 1 }))
const targets = blockOf(target) ? (['cpu', target] as const) : (['cpu'] as const)

test(
  `${numRuns} random networks train alike in float64, in the standard layout and in blocks of 8 and 16`,
  async () => {
    const seen = { clear: 0, compared: 0, vague: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(description, async (network) => {
        const { clear, compared, vague, refused } = await expectAgreement(network, targets, isTrueOf(network))
        seen.clear += Number(clear)
        seen.compared += compared
        seen.vague += vague
        seen.refused += Number(refused.length > 0)
      }),
      { numRuns, seed },
    )
    const few = 1 + 0.1 * numRuns
    expect(numRuns - seen.clear).toBeLessThan(few)
    expect(seen.refused).toBeLessThan(few)
    expect(seen.compared).toBeGreaterThan(10 * numRuns)
    expect(seen.vague).toBeLessThan(0.1 * seen.compared)
  },
  120_000 + 3000 * numRuns,
)

/** A network may be refused where a gradient has to know a size that is a symbol: padding of SAME, an average pool. */
function isTrueOf({ symbolic, layers }: Description): (error: FineTuneError) => boolean {
  const isSame = layers.some((layer) => 'pads' in layer && typeof layer.pads === 'string' && layer.pads !== 'half')
  const isAveraged = layers.some(({ kind }) => kind === 'averagePool')
  return ({ code }) =>
    symbolic.size &&
    ((code === 'autodiff/unknown-shape' && isSame) || (code === 'lowering/unknown-shape' && (isAveraged || isSame)))
}
