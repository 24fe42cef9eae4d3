import { score } from '../../parts/numbers.js'
import { Thumbnail } from '../../parts/Thumbnail.js'
import { moveTo, removeEntries } from '../../state/actions.js'
import { classes, images, nameOfClass } from '../../state/store.js'
import type { JudgedImage } from '../../state/types.js'

export interface JudgedImagesProps {
  readonly title: string
  readonly judged: readonly JudgedImage[]
}

/** The largest number of images shown. */
const SHOWN = 60

/** Images with the network's answers, to relabel by a digit or remove by the Delete key. */
export function JudgedImages({ title, judged }: JudgedImagesProps) {
  return (
    <div class="judged">
      <h3>{title}</h3>
      <ul class="judged-list">
        {judged.slice(0, SHOWN).map((image) => (
          <Judged key={image.id} judged={image} />
        ))}
      </ul>
      {judged.length > SHOWN && <p class="hint">and {judged.length - SHOWN} more</p>}
    </div>
  )
}

function Judged({ judged: { id, classId, predictedId, score: share } }: { readonly judged: JudgedImage }) {
  const entry = images.value.get(id)
  const label = entry?.classId ?? classId
  const press = (event: KeyboardEvent) => {
    const target = /^[1-9]$/.test(event.key) ? classes.value[Number(event.key) - 1] : undefined
    if (target) void moveTo(target.id, [id])
    else if (event.key === 'Delete') void removeEntries([id])
    else return
    event.preventDefault()
  }
  return (
    <li onKeyDown={press}>
      <Thumbnail id={id} alt={entry?.name ?? ''} />
      <p>
        <span class="taken">
          {nameOfClass(predictedId)} {score(share)}
        </span>
      </p>
      <label>
        <span class="visually-hidden">Label of {entry?.name}</span>
        <select
          value={label}
          onChange={({ currentTarget: { value } }) => {
            if (value === '') void removeEntries([id])
            else void moveTo(value, [id])
          }}
        >
          {classes.value.map((option) => (
            <option key={option.id} value={option.id}>
              {option.name}
            </option>
          ))}
          <option value="">Remove</option>
        </select>
      </label>
    </li>
  )
}
