import { choice } from './options.js'

/** The option of the commands that export a classifier. */
export const embeddingOutput = choice(
  ['plain', 'normalized'],
  'one more output: the embedding of each image, as it is or divided by its length',
  { otherwise: 'none' },
)

/** Returns the option of `exportClassifier`. */
export const embeddingOf = (output: 'plain' | 'normalized' | undefined) =>
  output === 'normalized' ? output : output === 'plain'
