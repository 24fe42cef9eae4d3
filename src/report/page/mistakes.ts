import type { Prediction } from '../../finetune/record/events.js'
import { type Html, html, name } from './html.js'
import { percent } from './numbers.js'

/** Returns the wrong predictions of the highest scores, highest first. */
export const surestMistakes = (predictions: readonly Prediction[], most: number): Prediction[] =>
  predictions
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)

/** Data URIs by index of the image: one that is missing among others leaves a blank. */
interface MistakeImages {
  readonly images: ReadonlyMap<number, string>
  /** The images with what speaks for the wrong class in red. */
  readonly explanations: ReadonlyMap<number, string>
}

/** Returns mistakes as cards. */
export function mistakeCards(
  mistakes: readonly Prediction[],
  classes: readonly string[],
  { images, explanations }: MistakeImages,
): Html {
  if (mistakes.length === 0) return html`<p>None: every image was recognised.</p>`
  const image = (index: number): Html | false => {
    const uri = images.get(index)
    return uri ? html`<img src="${uri}" alt="">` : images.size > 0 && html`<div class="blank"></div>`
  }
  const explained = ({ index, predicted }: Prediction): Html | undefined => {
    const uri = explanations.get(index)
    return uri === undefined ? undefined : html`<img src="${uri}" alt="in red, what speaks for ${classes[predicted]!}">`
  }
  const cards = mistakes.map((mistake) => card(mistake, classes, [image(mistake.index), explained(mistake)]))
  return html`${explanations.size > 0 && html`<p>Below each image: the part that the network sees, with what speaks for the wrong class in red. Where it is covered, the probability of that class drops most.</p>`}
<ul class="mistakes">${cards}</ul>`
}

type Images = readonly [Html | false, Html | undefined]

const card = (
  { label, predicted, score, source }: Prediction,
  classes: readonly string[],
  [image, map]: Images,
): Html =>
  html`<li>${image}${map}
<p><b>${name(classes[predicted]!)}</b> ${percent(score)}</p>
<p>shows ${name(classes[label]!)}</p>
<p class="source" title="${source}">${name(source.split(/[\\/]/).at(-1)!)}</p></li>
`
