import { useSignal } from '@preact/signals'
import { renameClass } from '../../state/actions.js'
import { say } from '../../state/notices.js'
import type { ClassEntry } from '../../state/types.js'

/** The name of a class, which can be typed over. */
export function ClassName({ entry }: { readonly entry: ClassEntry }) {
  const isRefused = useSignal(false)
  const rename = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement
    const isTaken = !renameClass(entry.id, input.value)
    isRefused.value = isTaken
    if (isTaken && input.value.trim()) say(`There is a class “${input.value.trim()}” already.`)
    if (isTaken) input.value = entry.name
  }
  return (
    <input
      class="class-name"
      aria-label="Name of the class"
      aria-invalid={isRefused.value}
      value={entry.name}
      maxLength={80}
      autocomplete="off"
      spellcheck={false}
      onChange={rename}
      onFocus={(event) => event.currentTarget.select()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur()
      }}
    />
  )
}
