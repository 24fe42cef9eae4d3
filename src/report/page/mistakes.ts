import type { Prediction } from '../../train/events.js'
import { type Html, html, name } from './html.js'
import { percent } from './numbers.js'

/** The wrong predictions that the network was surest of, that first. */
export const surestMistakes = (predictions: readonly Prediction[], most: number): Prediction[] =>
  predictions
    .filter(({ label, predicted }) => label !== predicted)
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, most)

/**
 * Mistakes as cards.
 * @param pictures data URIs by index of the picture; one that is missing leaves a blank
 */
export function mistakeCards(
  mistakes: readonly Prediction[],
  classes: readonly string[],
  pictures: ReadonlyMap<number, string>,
): Html {
  if (mistakes.length === 0) return html`<p>None: every picture was recognised.</p>`
  return html`<ul class="mistakes">${mistakes.map((mistake) => card(mistake, classes, pictures.get(mistake.index)))}</ul>`
}

const card = ({ label, predicted, score, source }: Prediction, classes: readonly string[], picture?: string): Html =>
  html`<li>${picture ? html`<img src="${picture}" alt="">` : html`<div class="blank"></div>`}
<p><b>${name(classes[predicted]!)}</b> ${percent(score)}</p>
<p>shows ${name(classes[label]!)}</p>
<p class="source" title="${source}">${name(source.split(/[\\/]/).at(-1)!)}</p></li>
`
