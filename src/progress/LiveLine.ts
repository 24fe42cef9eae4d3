import truncated from 'fast-string-truncated-width'
import type { FineTuneEvent } from '../finetune/record/events.js'
import { printable } from '../printable.js'
import { epochLine } from './epochLine.js'
import { Progress } from './Progress.js'
import { type Look, progressLine } from './progressLine.js'
import { resumedLines } from './resumedLines.js'
import type { View } from './View.js'

/** Milliseconds between two drawings. */
const INTERVAL = 100

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[J'

/** For terminals: one line that is drawn over again; what is done stays above it as plain lines. */
export class LiveLine implements View {
  readonly #progress = new Progress()
  /** Columns that the line on the screen takes; 0 where there is none. */
  #drawn = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  /** Something has happened since. */
  #stale = false

  /** @param look asked at every drawing, because a terminal's width changes */
  constructor(
    private readonly write: (text: string) => void,
    private readonly now: () => number,
    private readonly look: () => Look,
  ) {
    write(HIDE_CURSOR)
    this.draw()
  }

  show(event: FineTuneEvent): void {
    const now = this.now()
    this.#progress.add(event, now)
    if (event.type === 'epoch') this.#keep([epochLine(event, this.look().width)])
    else if (event.type === 'resumed') this.#keep(resumedLines(event))
    else if (event.type === 'warning') this.#keep([`warning: ${event.message}`])
    else if (event.type === 'done') return
    else if (now - this.#drawnAt >= INTERVAL) this.draw()
    else this.#stale = true
  }

  /** Draws the line again; also for a terminal whose width has changed. */
  draw(): void {
    const look = this.look()
    const line = progressLine(this.#progress, look)
    this.write(`${this.#erase(look.width)}${line}`)
    this.#drawn = truncated(line).width
    this.#drawnAt = this.now()
    this.#stale = false
  }

  /** A run that ended well leaves its epochs; of one that did not, the line stays, to tell where it stopped. */
  close(): void {
    if (this.#stale) this.draw()
    this.write(`${this.#drawn > 0 ? '\n' : ''}${SHOW_CURSOR}`)
    this.#drawn = 0
  }

  /** Lines that stay. */
  #keep(lines: readonly string[]): void {
    this.write(`${this.#erase(this.look().width)}${lines.map((line) => `${printable(line)}\n`).join('')}`)
    this.#drawn = 0
    this.#drawnAt = Number.NEGATIVE_INFINITY
    this.#stale = false
  }

  /** A line longer than the terminal is now wide lies on several rows. */
  #erase(width: number): string {
    const above = this.#drawn > 0 ? Math.ceil(this.#drawn / (width + 1)) - 1 : 0
    return `${above > 0 ? `\u001b[${above}A` : ''}\r${CLEAR_BELOW}`
  }
}
