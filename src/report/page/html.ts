/** Markup that is safe to put into a page. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text
  }
}

type Content = Html | string | number | false | undefined | readonly Content[]

/** Markup in which every text is escaped; markup made by `html` stays, `false` and `undefined` are nothing. */
export function html(parts: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(parts.reduce((page, part, i) => page + show(contents[i - 1]) + part))
}

function show(content: Content): string {
  if (content === undefined || content === false) return ''
  if (Array.isArray(content)) return content.map(show).join('')
  return content instanceof Html ? content.text : escaped(String(content))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Control characters have no place in a page, escaped or not. */
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (sign) => entities[sign]!).replaceAll(/[^\P{Cc}\t\n]/gu, '\ufffd')

/** A name of the user's, which may be written from right to left. */
export const name = (text: string): Html => html`<bdi>${text}</bdi>`
