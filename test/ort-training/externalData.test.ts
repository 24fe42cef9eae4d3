import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { generateArtifacts } from '../../src/artifacts/generateArtifacts.js'
import { loadArtifacts } from '../../src/artifacts/loadArtifacts.js'
import { saveArtifacts } from '../../src/artifacts/saveArtifacts.js'
import { writeCheckpoint } from '../../src/artifacts/writeCheckpoint.js'
import { ModelProtoSchema, TensorProto_DataLocation } from '../../src/onnx/format/gen/onnx_pb.js'
import { TrainingSession } from '../../src/training.js'
import { batch, smallNet } from '../session/support/smallNet.js'

/** The model with its initializers moved out, and what they held. */
function moveOut(model: Uint8Array, location: string): { model: Uint8Array; data: Uint8Array } {
  const message = fromBinary(ModelProtoSchema, model)
  const parts: Uint8Array[] = []
  let offset = 0
  for (const tensor of message.graph!.initializer) {
    const facts = { location, offset: String(offset), length: String(tensor.rawData.length) }
    tensor.externalData = Object.entries(facts).map(([key, value]) => ({ $typeName: ENTRY, key, value }))
    tensor.dataLocation = TensorProto_DataLocation.EXTERNAL
    parts.push(tensor.rawData)
    offset += tensor.rawData.length
    tensor.rawData = new Uint8Array()
  }
  return { model: toBinary(ModelProtoSchema, message), data: new Uint8Array(Buffer.concat(parts)) }
}
const ENTRY = 'onnx.StringStringEntryProto'

test('models that keep frozen weights in files beside them train as those that hold them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'external-'))
  const loss = { type: 'crossEntropy', reduction: 'mean' } as const
  const artifacts = await generateArtifacts(smallNet(), {
    requiresGrad: ['fc.weight', 'fc.bias'],
    loss,
    optimizer: 'sgd',
  })
  try {
    const [training, evaluation] = [moveOut(artifacts.trainingModel, 'w.bin'), moveOut(artifacts.evalModel, 'e.bin')]
    expect(training.data.length).toBeGreaterThan(1000)
    await saveArtifacts({ ...artifacts, trainingModel: training.model, evalModel: evaluation.model }, directory)
    await writeFile(join(directory, 'w.bin'), training.data)
    await writeFile(join(directory, 'e.bin'), evaluation.data)

    const losses = async (
      checkpointState: Uint8Array,
      trainModel: string | Uint8Array,
      evalModel: typeof trainModel,
    ) => {
      const session = await TrainingSession.create({ checkpointState, trainModel, evalModel })
      const results = [await session.runTrainStep(batch(0)), await session.runEvalStep(batch(0))]
      await session.release()
      return results
    }
    const checkpoint = writeCheckpoint(artifacts.checkpoint)
    const expected = await losses(checkpoint, artifacts.trainingModel, artifacts.evalModel)
    const at = (file: string) => join(directory, file)
    expect(await losses(checkpoint, at('training_model.onnx'), at('eval_model.onnx'))).toEqual(expected)
    const loaded = await loadArtifacts(directory)
    expect(await losses(checkpoint, loaded.trainingModel, loaded.evalModel)).toEqual(expected)
    await expect(losses(checkpoint, training.model, loaded.evalModel)).rejects.toMatchObject({
      code: 'onnx/external-data',
    })
  } finally {
    await rm(directory, { recursive: true })
  }
})
