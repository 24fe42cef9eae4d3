import type { ValueEvaluation } from '../../finetune/record/events.js'
import { ValueErrors } from '../../finetune/record/ValueErrors.js'
import { int64, type Tensor } from '../../onnx/graph/tensor.js'
import { checkTargets } from './labelMetrics.js'

/**
 * Computes the errors of predicted numbers, for each of the numbers: mean absolute error, root mean squared error and
 * coefficient of determination. scikit-learn: `mean_absolute_error`, `root_mean_squared_error`, `r2_score`.
 *
 * @param predictions float32 [n, values]
 * @param targets float32 [n, values]
 * @throws FineTuneError 'options/invalid'
 * @example
 * ```ts run
 * import { float32, valueMetrics } from 'onnx-finetune'
 *
 * const [errors] = valueMetrics(float32([1, 2, 4], [3, 1]), float32([1, 2, 3], [3, 1]))
 * console.log(errors?.mae, errors?.rmse, errors?.r2)
 * ```
 */
export function valueMetrics(predictions: Tensor<'float32'>, targets: Tensor<'float32'>): readonly ValueEvaluation[] {
  checkTargets('valueMetrics', predictions, targets)
  const errors = new ValueErrors(predictions.dims[1]!)
  errors.add(predictions, { labels: int64([]), targets }, 0)
  return errors.result().values!
}
