import { Icon } from '../../parts/Icon.js'
import { plural } from '../../parts/numbers.js'
import { reviewError, reviewing, startReview, stopReview } from '../../state/reviewing.js'
import { addressOf, goTo } from '../../state/route.js'
import { changes, images, missing, result, review } from '../../state/store.js'
import { startTraining, training } from '../../state/training.js'
import { Duplicates } from './Duplicates.js'
import { Queue } from './Queue.js'
import { openSuspects } from './suspects.js'

/** Likely wrong labels and duplicates, to be judged one after another. */
export function CleanRoom() {
  const share = reviewing.value
  return (
    <>
      <div class="room-head">
        <h1>Clean</h1>
        <div class="actions">
          {review.value && share === undefined && (
            <button
              type="button"
              class="quiet"
              disabled={missing.value !== undefined}
              onClick={() => void startReview()}
            >
              Search again
            </button>
          )}
          {result.value && changes.value > 0 && (
            <button type="button" class="primary" disabled={training.value !== undefined} onClick={retrain}>
              <Icon name="train" />
              Train again, {plural(changes.value, 'change')}
            </button>
          )}
        </div>
      </div>
      {share !== undefined ? <Searching share={share} /> : review.value ? <Found /> : <Start />}
    </>
  )
}

function retrain(): void {
  void startTraining()
  goTo({ room: 'train' })
}

function Start() {
  return (
    <div class="empty-room">
      <p>
        A few wrong labels cost more than many missing images. This looks for labels that the images contradict, and for
        images that are there twice.
      </p>
      <button type="button" class="primary" disabled={missing.value !== undefined} onClick={() => void startReview()}>
        Look for them
      </button>
      <p class="hint" role="status">
        {reviewError.value ?? missing.value ?? ''}
      </p>
      {missing.value && <a href={addressOf({ room: 'images' })}>Add images</a>}
    </div>
  )
}

function Searching({ share }: { readonly share: number }) {
  return (
    <div class="empty-room">
      <p role="status">Looking at {plural(images.value.size, 'image')} …</p>
      <progress aria-label="Search" max={1} value={share} />
      <button type="button" onClick={stopReview}>
        Stop
      </button>
    </div>
  )
}

function Found() {
  const suspects = openSuspects.value
  const { duplicates, unreadable } = review.value!
  const isTidy = suspects.length === 0 && duplicates.length === 0 && unreadable.length === 0
  return (
    <>
      {suspects.length > 0 ? (
        <Queue suspects={suspects} />
      ) : (
        <p class="all-clear">
          <Icon name="clean" />
          {isTidy ? 'All labels look right, and no image is there twice.' : 'No label looks wrong any more.'}
        </p>
      )}
      <Duplicates />
    </>
  )
}
