import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { FullImage } from '../../parts/FullImage.js'
import { plural, score } from '../../parts/numbers.js'
import { Thumbnail } from '../../parts/Thumbnail.js'
import { confirm, moveTo, removeEntries } from '../../state/actions.js'
import { classes, images, nameOfClass } from '../../state/store.js'
import type { Suspect } from '../../state/types.js'

/** One suspect at a time, judged by key or button; the next one follows. */
export function Queue({ suspects }: { readonly suspects: readonly Suspect[] }) {
  const position = useSignal(0)
  const at = Math.min(position.value, suspects.length - 1)
  const suspect = suspects[at]!
  const entry = images.value.get(suspect.id)!
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const target = /^[1-9]$/.test(event.key) ? classes.value[Number(event.key) - 1] : undefined
    if (event.key === 'ArrowRight') position.value = Math.min(at + 1, suspects.length - 1)
    else if (event.key === 'ArrowLeft') position.value = Math.max(at - 1, 0)
    else if (target) decide(suspect, entry.classId, target.id)
    else if (event.key === 'Delete' || event.key === 'Backspace') void removeEntries([suspect.id])
    else return
    event.preventDefault()
  }
  useEffect(() => {
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })
  return (
    <section class="queue" aria-label="Likely wrong labels">
      <FullImage id={suspect.id} alt={entry.name} />
      <div class="verdict">
        <p class="hint" role="status">
          {at + 1} of {plural(suspects.length, 'likely wrong label')}
        </p>
        <h2>Is this “{nameOfClass(entry.classId)}”?</h2>
        <p>
          It looks like <strong>{nameOfClass(suspect.suggestedId)}</strong> ({score(suspect.score)}), judged by a
          network that had not seen it.
        </p>
        <div class="labels">
          {classes.value.map(({ id, name }, i) => (
            <button
              key={id}
              type="button"
              class={id === suspect.suggestedId ? 'suggested' : ''}
              onClick={() => decide(suspect, entry.classId, id)}
            >
              <span>{id === entry.classId ? `Yes, ${name}` : name}</span>
              {i < 9 && <kbd>{i + 1}</kbd>}
            </button>
          ))}
          <button type="button" class="quiet" onClick={() => void removeEntries([suspect.id])}>
            <span>Remove the image</span>
            <kbd>Del</kbd>
          </button>
        </div>
        <p class="hint keys">
          <kbd>←</kbd> <kbd>→</kbd> to move, digits to label
        </p>
      </div>
      <ul class="filmstrip" aria-label="All of them">
        {suspects.slice(0, 60).map(({ id }, i) => (
          <li key={id}>
            <button
              type="button"
              aria-label={`Number ${i + 1}`}
              {...(i === at && { 'aria-current': true })}
              onClick={() => {
                position.value = i
              }}
            >
              <Thumbnail id={id} alt="" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}

function decide({ id }: Suspect, before: string, after: string): void {
  void (before === after ? confirm([id]) : moveTo(after, [id]))
}
