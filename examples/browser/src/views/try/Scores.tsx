import { score } from '../../parts/numbers.js'
import { changeSettings } from '../../state/actions.js'
import { result, settings } from '../../state/store.js'
import type { ClassScore } from '../../state/types.js'

/** The answer, and a bar for each class. */
export function Scores({ scores }: { readonly scores: readonly ClassScore[] | undefined }) {
  const { threshold } = settings.value
  const [best] = scores ?? []
  const isNone = best !== undefined && best.score < threshold
  const byName = new Map(scores?.map(({ label, score }) => [label, score]))
  return (
    <>
      <p class={`answer${isNone ? ' none' : ''}`} role="status">
        {best ? (isNone ? 'None of these' : best.label) : 'Waiting for an image'}
      </p>
      <ul class="bars">
        {result.value!.classes.map(({ id, name }) => (
          <li key={id} class={!isNone && best?.label === name ? 'best' : ''}>
            <span class="bar-name">{name}</span>
            <span class="bar" style={{ '--share': byName.get(name) ?? 0 }} />
            <span class="bar-score">{scores ? score(byName.get(name) ?? 0) : '–'}</span>
          </li>
        ))}
      </ul>
      <label class="threshold">
        <span>“None of these” below {score(threshold)}</span>
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          value={threshold}
          onInput={({ currentTarget: { valueAsNumber } }) => changeSettings({ threshold: valueAsNumber })}
        />
      </label>
    </>
  )
}
