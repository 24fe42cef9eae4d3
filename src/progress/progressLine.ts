import type { Glyphs } from './glyphs.js'
import { clock, decimals } from './numbers.js'
import type { Progress } from './Progress.js'
import { sparkline } from './sparkline.js'
import type { Paint, Style } from './style.js'

/** The appearance of a line. */
export interface Look {
  /** The largest number of columns of the line. */
  readonly width: number
  readonly paint: Paint
  readonly glyphs: Glyphs
}

const TITLES = { features: 'features', training: 'epoch', validation: 'validation' }

interface Field {
  readonly name: (typeof DROPPED)[number] | 'epoch'
  readonly style: Style
  /** The number of columns before the field, unless it is the first. */
  readonly gap: number
  /** The least and the largest number of columns. */
  readonly least: number
  readonly most: number
  draw(columns: number): string
}

/** The fields that are left out of a line that is too narrow, first to last. */
const DROPPED = ['count', 'spark', 'rate', 'accuracy', 'bar', 'left', 'loss'] as const

/**
 * Formats the progress of a run as one line, never wider than `width`:
 *
 *     epoch 2/5 ━━━━━━━━━━━━──── 12/16  loss 0.461 ▇▅▃▂▁▁  acc 0.803  25.9 img/s  0:42 left
 *
 * In a narrow terminal bar and sparkline shrink, then fields are left out: the count of batches, sparkline, images per
 * second, accuracy, bar, time left, loss. In a wide one bar and sparkline grow.
 */
export function progressLine(progress: Progress, look: Look): string {
  const fields = fitting(fieldsOf(progress, look.glyphs), look.width)
  let spare = look.width - leastWidth(fields)
  return fields
    .map((field, i) => {
      const columns = Math.min(field.least + spare, field.most)
      spare -= columns - field.least
      const content = field.draw(columns).slice(0, look.width)
      return ' '.repeat(i === 0 ? 0 : field.gap) + look.paint(content, field.style)
    })
    .join('')
}

function fitting(fields: readonly Field[], width: number): readonly Field[] {
  let left = fields
  for (const name of DROPPED) {
    if (leastWidth(left) <= width) break
    left = left.filter((field) => field.name !== name)
  }
  return left
}

const leastWidth = (fields: readonly Field[]): number =>
  fields.reduce((sum, { least, gap }, i) => sum + least + (i === 0 ? 0 : gap), 0)

function fieldsOf(progress: Progress, glyphs: Glyphs): readonly Field[] {
  const { epoch, epochs, phase, step, steps, loss, accuracy, rate, losses, secondsLeft } = progress
  if (epoch === 0) return [text('epoch', 'faint', 0, 'starting')]
  const full = (columns: number) => Math.round(progress.share * columns)
  const bar = (columns: number) => glyphs.full.repeat(full(columns)) + glyphs.empty.repeat(columns - full(columns))
  const whereabouts: readonly Field[] = [
    text('epoch', 'strong', 0, `${TITLES[phase]} ${epoch}/${epochs}`),
    { name: 'bar', style: phase === 'training' ? 'training' : 'validation', gap: 1, least: 6, most: 40, draw: bar },
    text('count', 'faint', 1, `${step}/${steps}`),
  ]
  if (phase === 'features') return whereabouts
  return [
    ...whereabouts,
    text('loss', 'plain', 2, `loss ${decimals(loss, 3)}`),
    {
      name: 'spark',
      style: 'training',
      gap: 1,
      least: 6,
      most: 30,
      draw: (columns) => sparkline(losses, columns, glyphs).padEnd(columns),
    },
    ...(Number.isNaN(accuracy) ? [] : [text('accuracy', 'plain', 2, `acc ${decimals(accuracy, 3)}`)]),
    text('rate', 'faint', 2, `${decimals(rate, 1)} img/s`),
    ...(secondsLeft === undefined ? [] : [text('left', 'faint', 2, `${clock(secondsLeft)} left`)]),
  ]
}

const text = (name: Field['name'], style: Style, gap: number, content: string): Field => ({
  name,
  style,
  gap,
  least: content.length,
  most: content.length,
  draw: () => content,
})
