import { missing, result } from '../../state/store.js'
import { training } from '../../state/training.js'
import { Confusion } from './Confusion.js'
import { Curves } from './Curves.js'
import { Mistakes } from './Mistakes.js'
import { Outcome } from './Outcome.js'
import { Plan } from './Plan.js'
import { Progress } from './Progress.js'

/** The choice of a training, its progress and its result. */
export function TrainRoom() {
  const running = training.value
  const last = result.value
  const epochs = running?.epochs ?? last?.epochs ?? []
  return (
    <>
      <h1>Train</h1>
      <div class="train-columns">
        <div class="train-plan">{running ? <Progress training={running} /> : <Plan />}</div>
        <div class="train-result">
          {!running && last && <Outcome result={last} />}
          {epochs.length > 0 && <Curves epochs={epochs} planned={running?.plannedEpochs ?? epochs.length} />}
          {epochs.length === 0 && <Expectation isRunning={running !== undefined} />}
        </div>
      </div>
      {!running && last && last.judged.length > 0 && (
        <>
          <Confusion result={last} />
          <Mistakes result={last} />
        </>
      )}
    </>
  )
}

function Expectation({ isRunning }: { readonly isRunning: boolean }) {
  if (isRunning) return <p class="empty-room">The first figures appear after the first round over the images.</p>
  return (
    <p class="empty-room">
      {missing.value ?? 'One image in five is kept aside: how many of those it gets right will be shown here.'}
    </p>
  )
}
