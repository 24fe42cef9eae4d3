import { takeIn } from '../../images/arrivals.js'
import { FileButton } from '../../parts/FileButton.js'
import { Icon } from '../../parts/Icon.js'
import { addClass } from '../../state/actions.js'
import { addressOf, route } from '../../state/route.js'
import { classes, missing, result } from '../../state/store.js'
import { ClassCard } from './ClassCard.js'
import { ClassImages } from './ClassImages.js'

/** All classes, or the images of one. */
export function ImagesRoom() {
  const opened = classes.value.find(({ id }) => id === route.value.detail)
  if (opened) return <ClassImages entry={opened} />
  return (
    <>
      <div class="room-head">
        <h1>Images</h1>
        <div class="actions">
          <FileButton kind="folder" class="quiet" onFiles={takeIn}>
            <Icon name="folder" />
            Add folders
          </FileButton>
          <button type="button" class="quiet" onClick={() => addClass('New class')}>
            <Icon name="add" />
            Add a class
          </button>
        </div>
      </div>
      <ul class="class-cards">
        {classes.value.map((entry) => (
          <ClassCard key={entry.id} entry={entry} />
        ))}
      </ul>
      <div class="next">
        {missing.value ? (
          <p>{missing.value}</p>
        ) : (
          <a class="button primary" href={addressOf({ room: 'train' })}>
            {result.value ? 'Train again' : 'Train'}
          </a>
        )}
      </div>
    </>
  )
}
