/** The kinds of fields of the line, for their colours. */
export type Style = 'plain' | 'strong' | 'faint' | 'training' | 'validation'

/** Gives a text the look of a style, without a change of its width. */
export type Paint = (text: string, style: Style) => string

/** For terminals without colours. */
export const uncoloured: Paint = (text) => text
