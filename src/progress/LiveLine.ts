import truncated from 'fast-string-truncated-width'
import { printable } from '../printable.js'
import type { AutomaticEvent } from '../recipe/events.js'
import { epochLine } from './epochLine.js'
import { Progress } from './Progress.js'
import { precisionLine } from './precisionLine.js'
import { type Look, progressLine } from './progressLine.js'
import { recipeLines } from './recipeLines.js'
import { resumedLines } from './resumedLines.js'
import { runtimeLines } from './runtimeLines.js'
import type { View } from './View.js'

/** The least interval between two drawings, in milliseconds. */
const INTERVAL = 100

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[J'

/** A view for terminals: one line that is redrawn; finished epochs stay above it as plain lines. */
export class LiveLine implements View {
  readonly #progress = new Progress()
  /** The width of the line on the screen, in columns; 0 if there is none. */
  #drawn = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  /** True if there were events since the last drawing. */
  #stale = false

  /** @param look called at every drawing, because a terminal's width changes */
  constructor(
    private readonly write: (text: string) => void,
    private readonly now: () => number,
    private readonly look: () => Look,
  ) {
    write(HIDE_CURSOR)
    this.draw()
  }

  show(event: AutomaticEvent): void {
    const now = this.now()
    this.#progress.add(event, now)
    if (event.type === 'epoch') this.#keep([epochLine(event, this.look().width)])
    else if (event.type === 'resumed') this.#keep(resumedLines(event))
    else if (event.type === 'runtime') this.#keep(runtimeLines(event))
    else if (event.type === 'plan' || event.type === 'stage' || event.type === 'candidate')
      this.#keep(recipeLines(event))
    else if (event.type === 'featurePrecision') this.#keep([precisionLine(event)])
    else if (event.type === 'warning') this.#keep([`warning: ${event.message}`])
    else if (event.type === 'done') return
    else if (now - this.#drawnAt >= INTERVAL) this.draw()
    else this.#stale = true
  }

  /** Redraws the line; also for a terminal whose width has changed. */
  draw(): void {
    const look = this.look()
    const line = progressLine(this.#progress, look)
    this.write(`${this.#erase(look.width)}${line}`)
    this.#drawn = truncated(line).width
    this.#drawnAt = this.now()
    this.#stale = false
  }

  /**
   * Ends the view. After a run that succeeded the epochs stay; after one that failed the line stays too, to show its
   * end.
   */
  close(): void {
    if (this.#stale) this.draw()
    this.write(`${this.#drawn > 0 ? '\n' : ''}${SHOW_CURSOR}`)
    this.#drawn = 0
  }

  /** Writes lines that stay. */
  #keep(lines: readonly string[]): void {
    this.write(`${this.#erase(this.look().width)}${lines.map((line) => `${printable(line)}\n`).join('')}`)
    this.#drawn = 0
    this.#drawnAt = Number.NEGATIVE_INFINITY
    this.#stale = false
  }

  /** Returns the codes that erase the line. One that is longer than the current width takes several rows. */
  #erase(width: number): string {
    const above = this.#drawn > 0 ? Math.ceil(this.#drawn / (width + 1)) - 1 : 0
    return `${above > 0 ? `\u001b[${above}A` : ''}\r${CLEAR_BELOW}`
  }
}
