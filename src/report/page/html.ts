/** Markup that is safe to insert into HTML. */
export class Html {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text
  }
}

type Content = Html | string | number | false | undefined | readonly Content[]

/** Makes markup whose texts are escaped; markup made by `html` stays unchanged, `false` and `undefined` are empty. */
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

/** Escapes a text. Control characters, which HTML does not allow escaped either, are replaced. */
const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (sign) => entities[sign]!).replaceAll(/[^\P{Cc}\t\n]/gu, '\ufffd')

/** Marks up a name of the user's, which may be written from right to left. */
export const name = (text: string): Html => html`<bdi>${text}</bdi>`
