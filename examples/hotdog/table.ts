import type { FineTuneResult } from 'onnx-finetune'
import type { Start } from './options.js'

export interface Outcome {
  readonly start: Start
  readonly result: FineTuneResult
}

/** Returns the results of each run after its last epoch. */
export function summary(outcomes: readonly Outcome[]) {
  return outcomes.map(({ start, result }) => {
    const last = result.epochs.at(-1)!
    const { trainLoss, trainAccuracy } = last
    return { start, trainLoss, trainAccuracy, testAccuracy: last.validation!.accuracy, seconds: result.seconds }
  })
}

export const NAMES: Readonly<Record<Start, string>> = { pretrained: 'fine-tuned', scratch: 'from scratch' }

/** Formats the results as a table. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = summary(outcomes).map(({ start, trainLoss, trainAccuracy, testAccuracy, seconds }) => [
    NAMES[start],
    trainLoss.toFixed(3),
    trainAccuracy.toFixed(3),
    testAccuracy.toFixed(3),
    seconds.toFixed(1),
  ])
  const all = [['', 'train loss', 'train accuracy', 'test accuracy', 'seconds'], ...rows]
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const cell = (text: string, i: number) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
  return all.map((row) => row.map(cell).join('  ')).join('\n')
}
