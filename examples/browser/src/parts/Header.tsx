import { addressOf, type Room, rooms, route } from '../state/route.js'
import { changes, images, result } from '../state/store.js'
import { training } from '../state/training.js'
import { Icon } from './Icon.js'
import { ProjectMenu } from './ProjectMenu.js'

export const titles: Readonly<Record<Room, string>> = {
  images: 'Images',
  train: 'Train',
  clean: 'Clean',
  try: 'Try it',
}

export function Header({ showsRooms }: { readonly showsRooms: boolean }) {
  return (
    <header class="top">
      <a class="brand" href={addressOf({ room: 'images' })}>
        <img src="./icon.svg" width="28" height="28" alt="" />
        Teach it
      </a>
      {showsRooms && (
        <nav class="rooms" aria-label="Steps">
          {rooms.map((room) => (
            <a
              key={room}
              href={addressOf({ room })}
              {...(route.value.room === room && { 'aria-current': 'page' as const })}
            >
              <Icon name={room} />
              {titles[room]}
              <Badge room={room} />
            </a>
          ))}
        </nav>
      )}
      <ProjectMenu />
    </header>
  )
}

/** A small count beside the name of a room. */
function Badge({ room }: { readonly room: Room }) {
  if (room === 'images' && images.value.size > 0) return <span class="badge">{images.value.size.toLocaleString()}</span>
  if (room !== 'train') return null
  if (training.value) return <span class="badge live">Training</span>
  return result.value && changes.value > 0 ? <span class="badge live">{changes.value} new</span> : null
}
