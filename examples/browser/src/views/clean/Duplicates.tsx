import { plural } from '../../parts/numbers.js'
import { Thumbnail } from '../../parts/Thumbnail.js'
import { removeEntries } from '../../state/actions.js'
import { images, nameOfClass, review } from '../../state/store.js'
import type { DuplicateImages, ImageEntry } from '../../state/types.js'

const kinds: Readonly<Record<DuplicateImages['kind'], string>> = {
  file: 'The same file',
  pixels: 'The same image',
  near: 'Nearly the same image',
}

interface Group extends DuplicateImages {
  readonly entries: readonly ImageEntry[]
}

/** Images that are there more than once, and files that are no images. */
export function Duplicates() {
  const found = review.value!
  const groups = found.duplicates
    .map((group) => ({ ...group, entries: group.ids.flatMap((id) => images.value.get(id) ?? []) }))
    .filter(({ entries }) => entries.length > 1)
  const broken = found.unreadable.filter((id) => images.value.has(id))
  return (
    <>
      {groups.length > 0 && (
        <section class="block">
          <div class="room-head">
            <h2>{plural(groups.length, 'image')} more than once</h2>
            <button type="button" onClick={() => void removeEntries(groups.flatMap(surplus))}>
              Keep one of each
            </button>
          </div>
          <ul class="duplicate-groups">
            {groups.map((group) => (
              <Duplicate key={group.ids[0]} group={group} />
            ))}
          </ul>
        </section>
      )}
      {broken.length > 0 && (
        <section class="block">
          <div class="room-head">
            <h2>{plural(broken.length, 'file')} not readable</h2>
            <button type="button" onClick={() => void removeEntries(broken)}>
              Remove
            </button>
          </div>
          <p class="hint">{broken.map((id) => images.value.get(id)!.name).join(', ')}</p>
        </section>
      )}
    </>
  )
}

function Duplicate({ group }: { readonly group: Group }) {
  const labels = new Set(group.entries.map(({ classId }) => classId))
  return (
    <li>
      <p>
        {kinds[group.kind]}
        {labels.size > 1 && ' with different labels'}
      </p>
      <ul class="duplicate-images">
        {group.entries.map(({ id, name, classId }) => (
          <li key={id}>
            <Thumbnail id={id} alt={name} />
            <span>{nameOfClass(classId)}</span>
            <button type="button" class="quiet" onClick={() => void removeEntries([id])}>
              Remove<span class="visually-hidden"> {name}</span>
            </button>
          </li>
        ))}
      </ul>
    </li>
  )
}

/** The images of a group but the first. */
const surplus = ({ entries }: Group): string[] => entries.slice(1).map(({ id }) => id)
