import { percent } from '../../parts/numbers.js'
import type { EpochPoint } from '../../state/types.js'

export interface CurvesProps {
  readonly epochs: readonly EpochPoint[]
  readonly planned: number
}

export function Curves({ epochs, planned }: CurvesProps) {
  const last = epochs.at(-1)!
  const highest = Math.max(...epochs.flatMap(({ trainLoss, validationLoss = 0 }) => [trainLoss, validationLoss]), 0.1)
  return (
    <div class="curves">
      <Chart
        title="Right answers"
        training={epochs.map(({ trainAccuracy }) => trainAccuracy)}
        validation={epochs.flatMap(({ validationAccuracy }) => validationAccuracy ?? [])}
        planned={planned}
        highest={1}
        shown={percent}
      />
      <Chart
        title="Loss"
        training={epochs.map(({ trainLoss }) => trainLoss)}
        validation={epochs.flatMap(({ validationLoss }) => validationLoss ?? [])}
        planned={planned}
        highest={highest}
        shown={(value) => value.toFixed(2)}
      />
      <p class="legend">
        <span class="key validation">New images</span>
        <span class="key training">Training images</span>
        <span class="visually-hidden">
          After {epochs.length} rounds: {percent(last.trainAccuracy)} of the training images right.
        </span>
      </p>
    </div>
  )
}

interface ChartProps {
  readonly title: string
  readonly training: readonly number[]
  readonly validation: readonly number[]
  readonly planned: number
  readonly highest: number
  readonly shown: (value: number) => string
}

const [WIDTH, HEIGHT] = [320, 132]

function Chart({ title, training, validation, planned, highest, shown }: ChartProps) {
  const now = validation.at(-1) ?? training.at(-1)!
  const path = (values: readonly number[]) =>
    values
      .map((value, i) => {
        const x = (i / Math.max(planned - 1, 1)) * WIDTH
        return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${((1 - value / highest) * HEIGHT).toFixed(1)}`
      })
      .join('')
  return (
    <figure class="chart">
      <figcaption>
        {title} <strong>{shown(now)}</strong>
      </figcaption>
      <svg
        viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: now ${shown(now)}`}
      >
        {[0, 0.5, 1].map((share) => (
          <path key={share} class="grid-line" d={`M0 ${share * HEIGHT}H${WIDTH}`} />
        ))}
        <path class="line training" d={path(training)} />
        <path class="line validation" d={path(validation)} />
      </svg>
    </figure>
  )
}
