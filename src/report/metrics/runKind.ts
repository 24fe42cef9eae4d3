import { isListOf, isObject, type Kind } from '../../arguments.js'
import type { AutomaticRecord } from '../../recipe/RecipeReport.js'

/** The kind of argument that reports take. */
export const runKind: Kind = {
  expected: 'a run of fineTune, or an object with its record',
  is: (value) => isObject(value) && isRecord(value.record),
}

const isReport = (value: unknown): boolean =>
  isObject(value) && isObject(value.chosen) && isListOf(value.candidates, isObject) && Array.isArray(value.advice)

function isRecord(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.settings) || !isObject(value.model) || !isObject(value.train)) return false
  const { settings, model, steps, epochs, predictions, recipe } = value as unknown as AutomaticRecord
  return (
    [settings.groups, steps, epochs, predictions].every((list) => isListOf(list, isObject)) &&
    isListOf(model.classes, (name) => typeof name === 'string') &&
    (recipe === undefined || isReport(recipe))
  )
}
