import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { checkArgument } from '../../arguments.js'
import { joined } from '../../bytes.js'
import type { EpochRecord, RunRecord, StepRecord } from '../../finetune/record/RunRecord.js'
import { printable } from '../../printable.js'
import { runKind } from '../metrics/runKind.js'
import { tfRecord } from './tfRecord.js'

/**
 * Formats a run as the bytes of a TensorBoard event file, whose name must contain `tfevents`. Scalars by the number of
 * the step in the run, from 1: for every step `train/loss`, `train/accuracy`, `train/examples_per_second` and
 * `learning_rate/<group>`; at the end of every epoch `epoch/train_loss`, `epoch/train_accuracy`,
 * `epoch/validation_loss`, `epoch/validation_accuracy` and, where the loss compares images, `epoch/validation_recall_at_1`.
 */
export function tensorBoardEvents(run: { readonly record: RunRecord }): Uint8Array {
  checkArgument('tensorBoardEvents: run', run, runKind)
  const { steps, epochs, startedAt } = run.record
  const ends = new Map(epochs.map((epoch) => [epoch.steps, epoch]))
  const first = new BinaryWriter().tag(Event.wallTime, WireType.Bit64).double((startedAt ?? 0) / 1000)
  const events: Uint8Array[] = [first.tag(Event.fileVersion, WireType.LengthDelimited).string('brain.Event:2').finish()]
  for (const [i, step] of steps.entries()) {
    events.push(event(step.time, i + 1, stepScalars(step)))
    const epoch = ends.get(i + 1)
    if (epoch) events.push(event(epoch.time, i + 1, epochScalars(epoch)))
  }
  return joined(events.map(tfRecord))
}

/** Field numbers of tensorflow.Event, tensorflow.Summary and tensorflow.Summary.Value. */
const Event = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const
const Summary = { value: 1 } as const
const Value = { tag: 1, simpleValue: 2 } as const

type Scalars = Readonly<Record<string, number | undefined>>

const stepScalars = ({ loss, accuracy, examplesPerSecond, learningRates }: StepRecord): Scalars => ({
  'train/loss': loss,
  'train/accuracy': accuracy,
  'train/examples_per_second': examplesPerSecond,
  ...Object.fromEntries(Object.entries(learningRates).map(([group, rate]) => [`learning_rate/${group}`, rate])),
})

const epochScalars = ({ trainLoss, trainAccuracy, validation }: EpochRecord): Scalars => ({
  'epoch/train_loss': trainLoss,
  'epoch/train_accuracy': trainAccuracy,
  'epoch/validation_loss': validation?.loss,
  'epoch/validation_accuracy': validation?.accuracy,
  'epoch/validation_recall_at_1': validation?.recallAt?.[1],
})

/** Makes an event. @param time in milliseconds since 1970; events have seconds */
function event(time: number, step: number, scalars: Scalars): Uint8Array {
  const writer = new BinaryWriter()
  writer.tag(Event.wallTime, WireType.Bit64).double(time / 1000)
  writer.tag(Event.step, WireType.Varint).int64(step)
  writer.tag(Event.summary, WireType.LengthDelimited).fork()
  for (const [tag, value] of Object.entries(scalars)) {
    if (value === undefined) continue
    writer.tag(Summary.value, WireType.LengthDelimited).fork()
    writer.tag(Value.tag, WireType.LengthDelimited).string(printable(tag))
    writer.tag(Value.simpleValue, WireType.Bit32).float(value).join()
  }
  return writer.join().finish()
}
