import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fuzz } from '../../support/fuzz.js'
import { allGpuTests } from '../../support/webgpu.js'
import { demandGpuAlone } from '../../support/webgpuAlone.js'
import { expectAgreement } from '../networks/agreement.js'
import { description } from '../networks/description.js'

/** `FUZZ_RUNS=300 npx vitest run test/lowering/webgpu/randomNetworks.test.ts` looks at 300, FUZZ_SEED at others. */
const { numRuns, seed } = fuzz(allGpuTests ? 20 : 2)

demandGpuAlone()

test(
  `${numRuns} random networks train on the GPU alone as in float64`,
  async () => {
    const seen = { clear: 0, compared: 0 }
    await fc.assert(
      fc.asyncProperty(description, async (network) => {
        const { clear, compared } = await expectAgreement(
          { ...network, symbolic: { ...network.symbolic, size: false } },
          ['webgpu'],
          () => false,
        )
        seen.clear += Number(clear)
        seen.compared += compared
      }),
      { numRuns, seed },
    )
    expect(numRuns - seen.clear).toBeLessThan(1 + 0.1 * numRuns)
    expect(seen.compared).toBeGreaterThan(3 * numRuns)
  },
  120_000 + 20_000 * numRuns,
)
