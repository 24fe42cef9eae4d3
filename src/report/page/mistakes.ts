import type { Prediction } from '../../finetune/record/events.js'
import { type Html, html, name } from './html.js'
import { percent } from './numbers.js'

/** Returns the wrong predictions of the highest scores, highest first. */
export const surestMistakes = (predictions: readonly Prediction[], most: number): Prediction[] =>
  predictions
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)

/**
 * Returns mistakes as cards.
 *
 * @param images data URIs by index of the image; one that is missing among others leaves a blank
 */
export function mistakeCards(
  mistakes: readonly Prediction[],
  classes: readonly string[],
  images: ReadonlyMap<number, string>,
): Html {
  if (mistakes.length === 0) return html`<p>None: every image was recognised.</p>`
  const image = (index: number): Html | false => {
    const uri = images.get(index)
    return uri ? html`<img src="${uri}" alt="">` : images.size > 0 && html`<div class="blank"></div>`
  }
  return html`<ul class="mistakes">${mistakes.map((mistake) => card(mistake, classes, image(mistake.index)))}</ul>`
}

const card = ({ label, predicted, score, source }: Prediction, classes: readonly string[], image: Html | false): Html =>
  html`<li>${image}
<p><b>${name(classes[predicted]!)}</b> ${percent(score)}</p>
<p>shows ${name(classes[label]!)}</p>
<p class="source" title="${source}">${name(source.split(/[\\/]/).at(-1)!)}</p></li>
`
