import { type DefaultTreeAdapterTypes, parse } from 'parse5'

export interface PageElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** Every element that a browser makes of a page, in its order, and the text in between. */
export function contentsOf(markup: string): { readonly elements: readonly PageElement[]; readonly text: string } {
  const elements: PageElement[] = []
  let text = ''
  const visit = (node: DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document): void => {
    if ('value' in node) text += node.value
    if ('attrs' in node)
      elements.push({ name: node.tagName, attributes: Object.fromEntries(node.attrs.map((a) => [a.name, a.value])) })
    if ('childNodes' in node) for (const child of node.childNodes) visit(child)
  }
  visit(parse(markup))
  return { elements, text }
}
