import { isListOf, isObject, type Kind } from '../../arguments.js'
import type { RunRecord } from '../../finetune/record/RunRecord.js'

/** A run, as far as reports need it. */
export const runKind: Kind = {
  expected: 'a run of fineTune, or an object with its record',
  is: (value) => isObject(value) && isRecord(value.record),
}

function isRecord(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.settings) || !isObject(value.model) || !isObject(value.train)) return false
  const { settings, model, steps, epochs, predictions } = value as unknown as RunRecord
  return (
    [settings.groups, steps, epochs, predictions].every((list) => isListOf(list, isObject)) &&
    isListOf(model.classes, (name) => typeof name === 'string')
  )
}
