import { checkArgument } from '../../arguments.js'
import type { Tensor } from '../../onnx/graph/tensor.js'
import { badFeed, checkTensors } from '../protocol/checkTensors.js'
import { copies, movable } from '../protocol/transfer.js'
import { type StepOptions, tensorsKind } from './stepOptions.js'

/** Returns feeds as they are sent to the host. */
export function toSend(
  feeds: Readonly<Record<string, Tensor>>,
  { transfer, pool }: StepOptions,
): Record<string, Tensor> {
  checkArgument('feeds', feeds, tensorsKind)
  checkTensors(feeds, badFeed)
  return transfer || pool ? movable(feeds) : copies(feeds)
}
