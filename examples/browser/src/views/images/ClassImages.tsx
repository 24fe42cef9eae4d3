import { useSignal } from '@preact/signals'
import { takeIn } from '../../images/arrivals.js'
import { FileButton } from '../../parts/FileButton.js'
import { Icon } from '../../parts/Icon.js'
import { ImageGrid } from '../../parts/ImageGrid.js'
import { moveTo, removeEntries } from '../../state/actions.js'
import { addressOf } from '../../state/route.js'
import { classes, imagesOf } from '../../state/store.js'
import type { ClassEntry } from '../../state/types.js'
import { ClassName } from './ClassName.js'

const NONE: ReadonlySet<string> = new Set()

/** All images of one class, to select, move and remove. */
export function ClassImages({ entry }: { readonly entry: ClassEntry }) {
  const selected = useSignal(NONE)
  const ids = imagesOf(entry.id).map(({ id }) => id)
  const chosen = ids.filter((id) => selected.value.has(id))
  const clear = () => {
    selected.value = NONE
  }
  const remove = (ids: readonly string[]) => void removeEntries(ids).then(clear)
  const move = (ids: readonly string[], number: number) => {
    const target = classes.value[number]
    if (target) void moveTo(target.id, ids).then(clear)
  }
  return (
    <>
      <div class="room-head">
        <div class="titled">
          <a class="button quiet icon-only" href={addressOf({ room: 'images' })} aria-label="All classes">
            <Icon name="back" />
          </a>
          <h1 class="visually-hidden">Images of {entry.name}</h1>
          <ClassName entry={entry} />
        </div>
        <div class="actions">
          <FileButton kind="images" class="quiet" onFiles={(files) => takeIn(files, entry.id)}>
            <Icon name="add" />
            Add images
          </FileButton>
        </div>
      </div>
      <ImageGrid label={`Images of ${entry.name}`} ids={ids} selected={selected} onRemove={remove} onMove={move} />
      {chosen.length > 0 && (
        <fieldset class="selection" aria-label="Selected images">
          <span>{chosen.length} selected</span>
          {classes.value.map(
            ({ id, name }, i) =>
              id !== entry.id && (
                <button key={id} type="button" onClick={() => move(chosen, i)}>
                  Move to {name} {i < 9 && <kbd>{i + 1}</kbd>}
                </button>
              ),
          )}
          <button type="button" onClick={() => remove(chosen)}>
            Remove <kbd>Del</kbd>
          </button>
          <button type="button" class="quiet" onClick={clear}>
            Clear
          </button>
        </fieldset>
      )}
      {ids.length === 0 && <p class="empty-room">No images are left in this class.</p>}
    </>
  )
}
