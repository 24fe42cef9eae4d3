import { duration, percent, plural } from '../../parts/numbers.js'
import { addressOf } from '../../state/route.js'
import { changes } from '../../state/store.js'
import type { Result } from '../../state/types.js'

/** The result in one figure and one sentence. */
export function Outcome({ result }: { readonly result: Result }) {
  const { accuracy, judged, seconds, images, stopped, provider } = result
  return (
    <div class="outcome">
      {accuracy === undefined ? (
        <p class="figure">Trained</p>
      ) : (
        <p class="figure">
          {percent(accuracy)} <span>right on {plural(judged.length, 'image')} it had not seen</span>
        </p>
      )}
      <p class="hint">
        {plural(images, 'image')}, {duration(seconds)}
        {provider === 'webgpu' && ' on the GPU'}
        {stopped && ', stopped early'}
        {changes.value > 0 && `, before ${plural(changes.value, 'change')}`}
      </p>
      <div class="actions">
        <a class="button primary" href={addressOf({ room: 'try' })}>
          Try it
        </a>
        <a class="button" href={addressOf({ room: 'clean' })}>
          Find wrong labels
        </a>
      </div>
    </div>
  )
}
