import { expect, test } from 'vitest'
import { metricsCsv, stepsCsv } from '../../src/report/metrics/metricsCsv.js'
import { HOSTILE_NAMES } from '../support/hostileNames.js'
import { recordOf } from './record.js'

test('a row for each epoch', () => {
  const lines = metricsCsv({ record: recordOf({ epochs: 2 }) }).split('\r\n')
  expect(lines).toEqual([
    'epoch,steps,train_loss,train_accuracy,validation_loss,validation_accuracy,examples_per_second,seconds,' +
      'learning_rate/backbone,learning_rate/head,skipped,time',
    '1,4,1,0.5,0.9,0.85,25.5,4.5,0.0001,0.001,0,2026-01-02T03:04:09.500Z',
    '2,8,0.5,0.75,0.45,0.85,25.5,4.5,0.00005,0.0005,0,2026-01-02T03:04:13.500Z',
    '',
  ])
})

test('a row for each step', () => {
  const record = recordOf({ epochs: 1, stepsPerEpoch: 2 })
  const steps = [{ ...record.steps[0]!, loss: Number.NaN, learningRates: {} }, record.steps[1]!]
  expect(stepsCsv({ record: { ...record, steps } }).split('\r\n')).toEqual([
    'step,epoch,step_in_epoch,loss,accuracy,examples,examples_per_second,learning_rate/backbone,learning_rate/head,time',
    '1,1,1,NaN,0.5,32,25.5,,,2026-01-02T03:04:06.000Z',
    `2,1,2,${steps[1]!.loss},${steps[1]!.accuracy},32,25.5,0.0001,0.001,2026-01-02T03:04:07.000Z`,
    '',
  ])
})

test('names with commas and quotes are quoted, what is not known is empty', () => {
  const record = recordOf({ epochs: 1, validation: false })
  const settings = { ...record.settings, groups: [{ ...record.settings.groups[0]!, name: 'the "head", new' }] }
  const [head, row] = metricsCsv({ record: { ...record, settings } }).split('\r\n')
  expect(head).toContain(',"learning_rate/the ""head"", new",')
  expect(row).toBe('1,4,1,0.5,,,25.5,4.5,,0,2026-01-02T03:04:09.500Z')
})

test.each(HOSTILE_NAMES)('a group called %j is no formula, and no row of its own', (name) => {
  const record = recordOf({ epochs: 1, stepsPerEpoch: 1 })
  const settings = { ...record.settings, groups: [{ ...record.settings.groups[0]!, name }] }
  for (const table of [metricsCsv, stepsCsv]) {
    const cells = cellsOf(table({ record: { ...record, settings } }))
    expect(cells).toHaveLength(2)
    expect(cells[0]).toContain(`learning_rate/${name}`)
    expect(cells.flat().filter((cell) => /^[=+@\t\r-]/.test(cell))).toEqual([])
  }
})

/** RFC 4180. */
function cellsOf(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!)
    if (end === '\r\n') rows.push([])
  }
  return rows.slice(0, -1)
}
