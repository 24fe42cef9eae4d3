import { images } from '../../state/store.js'
import type { Result } from '../../state/types.js'
import { JudgedImages } from './JudgedImages.js'

const SHOWN = 12

/** The mistakes that the network was surest of. */
export function Mistakes({ result }: { readonly result: Result }) {
  const mistakes = result.judged
    .filter(({ id, classId, predictedId }) => classId !== predictedId && images.value.has(id))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, SHOWN)
  return (
    <section class="block">
      <h2>Worst mistakes</h2>
      {mistakes.length > 0 ? (
        <JudgedImages title="Sure, and wrong. The label may be at fault: correct it here." judged={mistakes} />
      ) : (
        <p class="hint">None on the images that were kept aside.</p>
      )}
    </section>
  )
}
