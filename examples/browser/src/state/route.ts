import { signal } from '@preact/signals'

export const rooms = ['images', 'train', 'clean', 'try'] as const
export type Room = (typeof rooms)[number]

export interface Route {
  readonly room: Room
  /** The subject of the room, such as the class whose images are listed. */
  readonly detail?: string
}

export const route = signal<Route>(parse(location.hash))

addEventListener('hashchange', () => {
  // The link that skips to the content names an element, not a room.
  if (!location.hash.startsWith('#/')) return
  route.value = parse(location.hash)
  scrollTo(0, 0)
  document.getElementById('main')?.focus({ preventScroll: true })
})

export const addressOf = ({ room, detail }: Route): string =>
  detail ? `#/${room}/${encodeURIComponent(detail)}` : `#/${room}`

export function goTo(route: Route): void {
  location.hash = addressOf(route)
}

function parse(hash: string): Route {
  const [name, detail] = hash.replace(/^#\//, '').split('/')
  const room = rooms.find((room) => room === name) ?? 'images'
  return { room, ...(detail && { detail: decodeURIComponent(detail) }) }
}
