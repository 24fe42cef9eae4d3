import { useSignal } from '@preact/signals'
import { takeIn } from '../../images/arrivals.js'
import { FileButton } from '../../parts/FileButton.js'
import { Icon } from '../../parts/Icon.js'
import { closeMenu, Menu } from '../../parts/Menu.js'
import { Thumbnail } from '../../parts/Thumbnail.js'
import { removeClass } from '../../state/actions.js'
import { addressOf } from '../../state/route.js'
import { imagesOf } from '../../state/store.js'
import type { ClassEntry } from '../../state/types.js'
import { CameraDialog } from './CameraDialog.js'
import { ClassName } from './ClassName.js'

const SHOWN = 12

/** A class with its newest images. Images dropped on it are added to it. */
export function ClassCard({ entry }: { readonly entry: ClassEntry }) {
  const isOver = useSignal(false)
  const isFilming = useSignal(false)
  const images = imagesOf(entry.id)
  const drop = (event: DragEvent) => {
    isOver.value = false
    event.preventDefault()
    if (event.dataTransfer) void takeIn(event.dataTransfer, entry.id)
  }
  return (
    <li
      class={`class-card${isOver.value ? ' over' : ''}`}
      onDragOver={() => {
        isOver.value = true
      }}
      onDragLeave={() => {
        isOver.value = false
      }}
      onDrop={drop}
    >
      <div class="class-head">
        <ClassName entry={entry} />
        <ClassMenu entry={entry} />
      </div>
      {images.length > 0 ? (
        <a class="preview" href={addressOf({ room: 'images', detail: entry.id })}>
          <span class="preview-grid" aria-hidden="true">
            {images
              .slice(-SHOWN)
              .toReversed()
              .map(({ id }) => (
                <Thumbnail key={id} id={id} alt="" />
              ))}
          </span>
          <span class="preview-foot">
            {images.length.toLocaleString()} {images.length === 1 ? 'image' : 'images'}
            <span class="visually-hidden"> of {entry.name}</span>
          </span>
        </a>
      ) : (
        <p class="empty">Drop images here, or use the camera.</p>
      )}
      <div class="class-actions">
        <FileButton kind="images" class="quiet" onFiles={(files) => takeIn(files, entry.id)}>
          <Icon name="add" />
          Add<span class="visually-hidden"> images to {entry.name}</span>
        </FileButton>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            isFilming.value = true
          }}
        >
          <Icon name="camera" />
          Camera<span class="visually-hidden"> for {entry.name}</span>
        </button>
      </div>
      {isFilming.value && (
        <CameraDialog
          entry={entry}
          onClose={() => {
            isFilming.value = false
          }}
        />
      )}
    </li>
  )
}

function ClassMenu({ entry }: { readonly entry: ClassEntry }) {
  const remove = (event: Event) => {
    closeMenu(event)
    const count = imagesOf(entry.id).length
    if (count === 0 || confirm(`Remove “${entry.name}” and its ${count} images?`)) void removeClass(entry.id)
  }
  return (
    <Menu label={`More for ${entry.name}`} icon="more">
      <button type="button" onClick={remove}>
        <Icon name="remove" />
        Remove the class
      </button>
    </Menu>
  )
}
