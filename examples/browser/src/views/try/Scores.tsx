import { score } from '../../parts/numbers.js'
import { result } from '../../state/store.js'
import type { Answer } from '../../state/types.js'

/** The answer, and a bar for each class. */
export function Scores({ answer }: { readonly answer: Answer | undefined }) {
  const scores = answer?.scores
  const [best] = scores ?? []
  const isNone = answer?.isUnknown ?? false
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
    </>
  )
}
