/** The styles of the fields of the line, each with a colour. */
export type Style = 'plain' | 'strong' | 'faint' | 'training' | 'validation'

/** A function that applies a style to a text, without a change of its width. */
export type Paint = (text: string, style: Style) => string

/** Returns a text unchanged, for terminals without colours. */
export const uncoloured: Paint = (text) => text
