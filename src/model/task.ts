import { baseError } from '../errors.js'

export const TASKS = ['classification', 'multiLabel', 'regression'] as const

/**
 * The task of a model, which says what its outputs are: one class of each image (`classification`, softmax), any number
 * of labels (`multiLabel`, a sigmoid for each), or numbers (`regression`, the outputs themselves).
 */
export type Task = (typeof TASKS)[number]

/**
 * Checks that a model is for the task of a function.
 *
 * @param of the public function
 * @throws FineTuneError 'options/invalid'
 */
export function demandTask({ task }: { readonly task: Task }, wanted: Task, of: string): void {
  if (task !== wanted)
    throw baseError('options/invalid', {
      option: `${of}: model.task`,
      received: task,
      expected: `'${wanted}': a model of replaceHead(backbone, { classes, task: '${wanted}' })`,
    })
}
