import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { takeIn } from '../../images/arrivals.js'

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** Adds images that are dropped anywhere in the window, unless a class takes them. */
export function PageDrop() {
  const isOver = useSignal(false)
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      isOver.value = true
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) isOver.value = false
    }
    const drop = (event: DragEvent) => {
      isOver.value = false
      if (event.defaultPrevented || !hasFiles(event)) return
      event.preventDefault()
      void takeIn(event.dataTransfer!)
    }
    addEventListener('dragover', over)
    addEventListener('dragleave', leave)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', over)
      removeEventListener('dragleave', leave)
      removeEventListener('drop', drop)
    }
  }, [isOver])
  return isOver.value ? (
    <div class="page-drop" aria-hidden="true">
      Drop to add. Folders become classes.
    </div>
  ) : null
}
