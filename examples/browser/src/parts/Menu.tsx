import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Icon, type IconName } from './Icon.js'

export interface MenuProps {
  readonly label: string
  readonly icon: IconName
  readonly children: ComponentChildren
}

/** A button that opens a list of other buttons; Escape and a click elsewhere close it, by the browser itself. */
export function Menu({ label, icon, children }: MenuProps) {
  const id = useId()
  return (
    <div class="menu">
      <button type="button" class="quiet icon-only" aria-label={label} popovertarget={id}>
        <Icon name={icon} />
      </button>
      <div id={id} popover="auto" class="menu-list" onToggle={place}>
        {children}
      </div>
    </div>
  )
}

export const closeMenu = (event: Event): void =>
  (event.currentTarget as HTMLElement).closest<HTMLElement>('[popover]')?.hidePopover()

/** Puts the list below its button: a popover is placed in the page's top layer, in the middle. */
function place(event: Event): void {
  const list = event.currentTarget as HTMLElement
  if (!list.matches(':popover-open')) return
  const button = list.previousElementSibling!.getBoundingClientRect()
  const left = Math.min(button.right - list.offsetWidth, innerWidth - list.offsetWidth - 8)
  const fits = button.bottom + list.offsetHeight + 12 < innerHeight
  list.style.left = `${Math.max(left, 8)}px`
  list.style.top = `${fits ? button.bottom + 6 : button.top - list.offsetHeight - 6}px`
}
