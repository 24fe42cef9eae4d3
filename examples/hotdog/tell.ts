import type { DownloadEvent } from 'onnx-finetune'

/** Prints something: `text` for people, `facts` as a line of JSON for programs. */
export type Tell = (text: string, facts: object) => void

export const teller =
  (json: boolean): Tell =>
  (text, facts) =>
    console.log(json ? JSON.stringify(facts) : text)

/** Prints the progress of a download: a line for every tenth of it. */
export function downloadLines(tell: Tell): (event: DownloadEvent) => void {
  let last = -1
  return (event) => {
    if (event.type === 'downloaded') tell(`${event.file}: complete, ${event.path}`, event)
    if (event.type === 'downloadFailed') tell(`${event.url} ${event.problem}`, event)
    if (event.type !== 'download') return
    const megabytes = event.received / 2 ** 20
    const tenth = Math.floor(event.total ? (10 * event.received) / event.total : megabytes / 25)
    if (tenth === last) return
    last = tenth
    const total = event.total ? ` of ${(event.total / 2 ** 20).toFixed(0)}` : ''
    tell(`${event.file}: ${megabytes.toFixed(0)}${total} MiB`, event)
  }
}
