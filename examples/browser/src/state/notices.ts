import { signal } from '@preact/signals'

export interface Notice {
  readonly text: string
  readonly action?: { readonly label: string; run(): void }
}

/** A short message at the edge of the page, read aloud by screen readers. */
export const notice = signal<Notice | undefined>(undefined)
/** Work in progress that has no other place to show. */
export const busy = signal<string | undefined>(undefined)

const SECONDS = 6
let timer = 0

export function say(text: string, action?: Notice['action']): void {
  notice.value = { text, ...(action && { action }) }
  clearTimeout(timer)
  timer = window.setTimeout(() => {
    notice.value = undefined
  }, SECONDS * 1000)
}
