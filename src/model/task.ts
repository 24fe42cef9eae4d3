import type { Task } from '../backbones/task.js'
import { baseError } from '../errors.js'

export { TASKS, type Task } from '../backbones/task.js'

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
