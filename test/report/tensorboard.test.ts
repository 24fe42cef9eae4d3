import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { printable } from '../../src/printable.js'
import { crc32c, maskedCrc32c } from '../../src/report/tensorboard/crc32c.js'
import { tensorBoardEvents } from '../../src/report/tensorboard/tensorBoardEvents.js'
import { CONTROLS, HOSTILE_NAMES } from '../support/hostileNames.js'
import { recordOf, START } from './record.js'

const golden = new URL('../golden/tensorboard/', import.meta.url)
const file = new URL(`events.out.tfevents.${START / 1000}.onnx-finetune`, golden)
const record = recordOf({ epochs: 2, stepsPerEpoch: 3 })
const bytes = tensorBoardEvents({ record })

test('CRC-32C of the examples in RFC 3720, B.4', () => {
  const of = (fill: (i: number) => number) => crc32c(Uint8Array.from({ length: 32 }, (_, i) => fill(i)))
  expect(of(() => 0)).toBe(0x8a9136aa)
  expect(of(() => 255)).toBe(0x62a8ab43)
  expect(of((i) => i)).toBe(0x46dd794e)
  expect(of((i) => 31 - i)).toBe(0x113fdb5c)
  expect(maskedCrc32c(new Uint8Array())).toBe(0xa282ead8)
})

test('an event file is the one that TensorBoard has read', () => {
  if (process.env.ONNX_FINETUNE_GOLDEN === 'write') writeFileSync(file, bytes)
  expect(Buffer.from(bytes).equals(readFileSync(file))).toBe(true)
})

test('TensorBoard found every scalar in it, at its step and time', () => {
  const found: Record<string, [time: number, step: number, value: number][]> = JSON.parse(
    readFileSync(new URL('scalars.json', golden), 'utf8'),
  )
  const steps = (read: (step: (typeof record.steps)[number]) => number) =>
    record.steps.map((step, i) => [step.time / 1000, i + 1, Math.fround(read(step))])
  const epochs = (read: (epoch: (typeof record.epochs)[number]) => number) =>
    record.epochs.map((epoch) => [epoch.time / 1000, epoch.steps, Math.fround(read(epoch))])
  expect(found).toEqual({
    'train/loss': steps(({ loss }) => loss),
    'train/accuracy': steps(({ accuracy }) => accuracy),
    'train/examples_per_second': steps(({ examplesPerSecond }) => examplesPerSecond),
    'learning_rate/backbone': steps(({ learningRates }) => learningRates.backbone!),
    'learning_rate/head': steps(({ learningRates }) => learningRates.head!),
    'epoch/train_loss': epochs(({ trainLoss }) => trainLoss),
    'epoch/train_accuracy': epochs(({ trainAccuracy }) => trainAccuracy),
    'epoch/validation_loss': epochs(({ validation }) => validation!.loss),
    'epoch/validation_accuracy': epochs(({ validation }) => validation!.accuracy),
  })
})

test.each(HOSTILE_NAMES)('the tag of a group called %j prints on one line', (name) => {
  const steps = record.steps.map((step) => ({ ...step, learningRates: { [name]: 1 } }))
  const text = new TextDecoder().decode(tensorBoardEvents({ record: { ...record, steps } }))
  const [tag] = text.slice(text.indexOf('learning_rate/')).split('\u0015')
  // The tag of the field that follows ends it.
  expect(tag).toBe(`learning_rate/${printable(name)}`)
  expect(tag).not.toMatch(CONTROLS)
})
