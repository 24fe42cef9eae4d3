import { type Signal, useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { images } from '../state/store.js'
import { type Layout, layoutOf, visibleRows } from './gridLayout.js'
import { Thumbnail } from './Thumbnail.js'

export interface ImageGridProps {
  readonly label: string
  readonly ids: readonly string[]
  readonly selected: Signal<ReadonlySet<string>>
  readonly onRemove: (ids: readonly string[]) => void
  /** Moves images to the class of that number, from 0. */
  readonly onMove: (ids: readonly string[], number: number) => void
}

/** A grid of thousands of images: only those in view are in the page. */
export function ImageGrid({ label, ids, selected, onRemove, onMove }: ImageGridProps) {
  const box = useRef<HTMLDivElement>(null)
  const layout = useSignal<Layout | undefined>(undefined)
  const current = useSignal(0)
  const shouldFocus = useRef(false)
  useEffect(() => {
    const measure = () => {
      if (box.current) layout.value = layoutOf(box.current)
    }
    const observer = new ResizeObserver(measure)
    observer.observe(box.current!)
    addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      removeEventListener('scroll', measure)
    }
  }, [layout])
  const at = Math.min(current.value, Math.max(ids.length - 1, 0))
  useEffect(() => {
    // An image that is not in view yet comes into the document when the page has scrolled.
    const option = shouldFocus.current && box.current?.querySelector<HTMLElement>('[tabindex="0"]')
    if (!option) return
    shouldFocus.current = false
    option.focus({ preventScroll: true })
  })

  const choose = (index: number, isRange: boolean, isToggle: boolean) => {
    const id = ids[index]!
    const before = selected.value
    if (isRange) {
      const [from, to] = [Math.min(at, index), Math.max(at, index)]
      selected.value = new Set([...before, ...ids.slice(from, to + 1)])
    } else if (isToggle && before.has(id)) selected.value = new Set([...before].filter((other) => other !== id))
    else selected.value = new Set([...before, id])
    current.value = index
  }
  const go = (index: number) => {
    current.value = Math.min(Math.max(index, 0), ids.length - 1)
    shouldFocus.current = true
    const { columns, cell } = layout.value!
    const top = box.current!.getBoundingClientRect().top + Math.floor(current.value / columns) * cell
    if (top < 80) scrollBy(0, top - 80)
    else if (top + cell > innerHeight - 80) scrollBy(0, top + cell - innerHeight + 80)
  }
  const press = (event: KeyboardEvent) => {
    const { columns } = layout.value!
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
    const targets = selected.value.size > 0 ? ids.filter((id) => selected.value.has(id)) : ids.slice(at, at + 1)
    if (step !== undefined) go(at + step)
    else if (event.key === 'Home') go(0)
    else if (event.key === 'End') go(ids.length - 1)
    else if (event.key === ' ') choose(at, event.shiftKey, true)
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) selected.value = new Set(ids)
    else if (event.key === 'Escape') selected.value = new Set()
    else if (event.key === 'Delete' || event.key === 'Backspace') act(() => onRemove(targets))
    else if (/^[1-9]$/.test(event.key)) act(() => onMove(targets, Number(event.key) - 1))
    else return
    event.preventDefault()
  }
  const act = (action: () => void) => {
    shouldFocus.current = true
    action()
  }

  const shown = layout.value
  const rows = shown ? Math.ceil(ids.length / shown.columns) : 0
  const [first, last] = shown ? visibleRows(shown, rows) : [0, 0]
  const from = shown ? first * shown.columns : 0
  return (
    <div
      ref={box}
      class="image-grid"
      role="listbox"
      aria-label={label}
      aria-multiselectable="true"
      style={{ height: `${rows * (shown?.cell ?? 0)}px` }}
      onKeyDown={press}
    >
      {shown &&
        ids.slice(from, last * shown.columns).map((id, i) => {
          const index = from + i
          const [row, column] = [Math.floor(index / shown.columns), index % shown.columns]
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys of its options
            <div
              key={id}
              role="option"
              class="image-option"
              tabIndex={index === at ? 0 : -1}
              aria-selected={selected.value.has(id)}
              aria-setsize={ids.length}
              aria-posinset={index + 1}
              aria-label={images.value.get(id)?.name ?? ''}
              style={{
                inlineSize: `${shown.cell}px`,
                blockSize: `${shown.cell}px`,
                transform: `translate(${column * shown.cell}px, ${row * shown.cell}px)`,
              }}
              onClick={(event) => choose(index, event.shiftKey, true)}
            >
              <Thumbnail id={id} alt="" />
            </div>
          )
        })}
    </div>
  )
}
