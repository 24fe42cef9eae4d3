import { beforeEach, expect, test } from 'vitest'
import { Graph } from '../../src/onnx/graph/graph.js'
import type { OpenSession } from '../../src/runtime/resultsInPlace.js'
import { type FeedInfo, OpenModels } from '../../src/session/host/OpenModels.js'

/** What is open. */
let open: string[] = []
const openSession: OpenSession = async (_, label) => {
  const name = `${label} ${asked}`
  open.push(name)
  return { inputNames: [], outputNames: [], run: async () => ({}), release: async () => close(name) }
}
let asked: string | undefined
const close = (name: string): void => {
  open = open.filter((other) => other !== name)
}
const graphOf = (_: string, shapes: FeedInfo['shapes'] | undefined): Graph => {
  asked = shapes && [...shapes.values()].join(' ')
  return new Graph()
}
const batch = (size: number, elementsOfOne: number, width = 8): FeedInfo => ({
  shapes: new Map([
    ['x', [size, width]],
    ['labels', [size]],
  ]),
  elements: size * elementsOfOne,
})

beforeEach(() => {
  open = []
})

test('a model is opened once for the shapes of its feeds, and for no more than two', async () => {
  const models = new OpenModels(openSession, graphOf)
  const first = await models.get('training', batch(8, 1000))
  await models.get('training', batch(4, 1000))
  expect(await models.get('training', batch(8, 1000))).toBe(first)
  expect(open).toEqual(['training 8,8 8', 'training 4,8 4'])
  await models.get('training', batch(4, 1000, 6))
  expect(open).toEqual(['training 4,8 4', 'training 4,6 4'])
})

test('large batches are open one at a time: each keeps the memory of a step', async () => {
  const models = new OpenModels(openSession, graphOf)
  const elementsOfOne = 3 * 224 * 224
  await models.get('training', batch(128, elementsOfOne))
  await models.get('training', batch(80, elementsOfOne))
  expect(open).toEqual(['training 80,8 80'])
  await models.get('optimizer')
  await models.close('training')
  expect(open).toEqual(['optimizer undefined'])
  await models.closeAll()
  expect(open).toEqual([])
})
