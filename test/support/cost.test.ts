import { expect, test } from 'vitest'
import { expectCheap } from './cost.js'

const most = { time: 40, memory: 8 * 2 ** 20 }

test('work that always takes long or much memory fails, what does so once passes', async () => {
  const kept: Uint8Array[] = []
  const works = {
    long: () => {
      for (const begin = process.cpuUsage(); process.cpuUsage(begin).user < 80_000; );
    },
    large: () => void kept.push(new Uint8Array(16 * 2 ** 20)),
  }
  for (const work of Object.values(works)) {
    await expect(expectCheap(work, most)).rejects.toThrow(/each of 3 times, allowed: 40 ms and 8 MiB/)
    let calls = 0
    await expectCheap(() => calls++ === 0 && work(), most)
    expect(calls).toBe(2)
  }
})

test('waiting costs nothing', () => expectCheap(() => new Promise((resolve) => setTimeout(resolve, 300)), most, 1))
