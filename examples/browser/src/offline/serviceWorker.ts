/** The files of the page, which `vite.config.ts` puts here, and a name that changes with them. */
declare const __FILES__: readonly string[]
declare const __VERSION__: string

/** The part of a service worker's scope that is used here: the types of a page do not contain it. */
interface Scope {
  readonly clients: { claim(): Promise<void> }
  addEventListener(type: 'install' | 'activate', listener: (event: LifeEvent) => void): void
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void
}
interface LifeEvent {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

const scope = globalThis as unknown as Scope
const PREFIX = 'teach-it '
const NAME = `${PREFIX}${__VERSION__}`

scope.addEventListener('install', (event) => {
  // An update waits until the last old page is closed: that page still loads files of its own version.
  event.waitUntil(precache())
})
scope.addEventListener('activate', (event) => {
  event.waitUntil(removeOld().then(() => scope.clients.claim()))
})
scope.addEventListener('fetch', (event) => {
  const { method, url } = event.request
  if (method === 'GET' && new URL(url).origin === location.origin) event.respondWith(answer(event.request))
})

async function precache(): Promise<void> {
  const cache = await caches.open(NAME)
  await cache.addAll(__FILES__.map((file) => new Request(file, { cache: 'reload' })))
}

async function removeOld(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME)
  await Promise.all(old.map((name) => caches.delete(name)))
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(NAME)
  // Many hosts send `Vary: Origin`: a module's request has that header, the precached one had not.
  const stored = await cache.match(request.mode === 'navigate' ? './' : request, { ignoreVary: true })
  return isolated(stored ?? (await fetch(request)))
}

/** Adds the headers that let WebAssembly use several threads, which many hosts of static files cannot send. */
function isolated(response: Response): Response {
  if (response.status === 0 || response.type === 'opaque') return response
  const headers = new Headers(response.headers)
  headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp')
  headers.set('Cross-Origin-Resource-Policy', 'same-origin')
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}
