import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { float32, int64, loadArtifacts, TrainingEngine } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'
import { expect, test } from 'vitest'
import { FILES, fineTuneHere, writeHandover } from '../../examples/handover/handOver.js'
import { officialFeeds, officialTraining } from '../artifacts/officialTraining.js'
import { tinyFiles } from '../docs/support/tinyFiles.js'

test("the files train in Microsoft's runtime, as they do here", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'handover-'))
  try {
    await tinyFiles(directory)
    const { model } = await fineTuneHere(await ImageFolder(join(directory, 'photos')), 1)
    const out = join(directory, 'out')
    const sizes = await writeHandover(model, out)
    expect(Object.keys(sizes)).toEqual(Object.keys(FILES))
    expect(model.trainable).toEqual(['fc.weight', 'fc.bias'])
    expect(JSON.parse(await readFile(join(out, 'model.json'), 'utf8'))).toMatchObject({
      classes: ['hotdog', 'not-hotdog'],
      inputSize: { height: 64, width: 64 },
    })

    const file = async (name: keyof typeof FILES) => new Uint8Array(await readFile(join(out, name)))
    const theirs = await officialTraining({
      trainModel: await file('training_model.onnx'),
      evalModel: await file('eval_model.onnx'),
      optimizerModel: await file('optimizer_model.onnx'),
      checkpointState: await file('checkpoint'),
    })
    const ours = await TrainingEngine.create({ artifacts: await loadArtifacts(out), threads: 1 })
    const input = float32(
      Float32Array.from({ length: 4 * 3 * 64 * 64 }, (_, i) => Math.sin(i)),
      [4, 3, 64, 64],
    )
    const feeds = { input, labels: int64([0, 1, 1, 1]) }
    const losses: number[] = []
    for (let step = 0; step < 3; step++) {
      const expected = Number((await theirs.runTrainStep(await officialFeeds(feeds)))[ours.loss]!.data[0])
      losses.push(Number((await ours.trainStep(feeds))[ours.loss]!.data[0]))
      expect(losses.at(-1)! / expected).toBeCloseTo(1, 4)
      await theirs.runOptimizerStep()
      await theirs.lazyResetGrad()
      await ours.optimizerStep()
    }
    expect(losses[2]).toBeLessThan(losses[0]!)
    await Promise.all([theirs.release(), ours.release()])
  } finally {
    await rm(directory, { recursive: true })
  }
}, 60_000)
