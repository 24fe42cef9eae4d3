import type { DuplicateGroup } from '../data/inspection/DatasetInspection.js'
import type { LabelIssue } from '../labels/findLabelIssues.js'
import type { RecipeCandidate, RecipePlan } from './RecipeReport.js'

interface Outcome {
  readonly plan: RecipePlan
  readonly duplicates: readonly DuplicateGroup[]
  readonly classes: readonly string[]
  readonly candidates: readonly RecipeCandidate[]
  readonly chosen: RecipeCandidate
  /** True if the head uses what the old classifier says. */
  readonly usesKept: boolean
  /** The share of the held-out images of each class that are recognised. */
  readonly recalls: readonly (number | undefined)[]
  readonly labelIssues: readonly LabelIssue[]
}

/** The number of images of a class from which on more of them are no longer the first thing to look for. */
const ENOUGH = 100

/** Says what was tried, what came of it, how sure that is, and what would help. */
export function adviceOf(outcome: Outcome): string[] {
  return [
    tried(outcome),
    ...kept(outcome),
    expectation(outcome),
    ...weakestClass(outcome),
    ...fewImages(outcome),
    ...labels(outcome),
    ...copies(outcome),
  ]
}

function tried({ plan, candidates, chosen }: Outcome): string {
  const [head, ...tuned] = candidates as [RecipeCandidate, ...RecipeCandidate[]]
  const alone = `A new head on the pretrained network recognises ${percent(head.accuracy)} of ${images(head.images)} that it was not trained on`
  if (tuned.length === 0) return `${alone}. Training all layers was not tried: ${notTried(plan)}.`
  const best = tuned.reduce((one, other) => (other.accuracy > one.accuracy ? other : one))
  return `${alone}; with all layers trained it is ${percent(best.accuracy)}. Kept: ${chosen.name === 'head' ? 'the head alone' : chosen.share === 1 ? 'the trained layers' : `the trained layers, ${percent(chosen.share)} of the way`}.`
}

function notTried({ perClass, budget, isHeadAlone }: RecipePlan): string {
  if (Math.min(...perClass) < 2) return 'a class has no second image to measure on'
  return isHeadAlone ? 'only the head is to be trained' : `it does not fit into ${Math.round(budget)} seconds`
}

const kept = ({ usesKept }: Outcome): string[] =>
  usesKept ? ['The head uses what the pretrained network already knew of these classes.'] : []

function expectation({ chosen: { accuracy, interval, images: count } }: Outcome): string {
  const [low, high] = interval
  return `Of new images like these expect ${percent(accuracy)} to be recognised, likely ${percent(low)} to ${percent(high)} (measured on ${images(count)}).`
}

function weakestClass({ classes, recalls, chosen }: Outcome): string[] {
  const known = classes.flatMap((name, label) => (recalls[label] === undefined ? [] : { name, recall: recalls[label] }))
  if (known.length < 2) return []
  const worst = known.reduce((one, other) => (other.recall < one.recall ? other : one))
  if (worst.recall >= chosen.accuracy - 0.02) return []
  return [`${worst.name} is recognised least, ${percent(worst.recall)}: more images of it would help most.`]
}

function fewImages({ plan: { perClass }, classes }: Outcome): string[] {
  const few = classes.filter((_, label) => perClass[label]! < ENOUGH)
  if (few.length === 0) return []
  const names = few.length === classes.length ? 'Every class' : few.join(', ')
  return [
    `${names} ${few.length === 1 || few.length === classes.length ? 'has' : 'have'} fewer than ${ENOUGH} images: more of them help more than any option does.`,
  ]
}

function labels({ labelIssues, classes }: Outcome): string[] {
  const [first] = labelIssues
  if (!first) return []
  const count = `${labelIssues.length} ${labelIssues.length === 1 ? 'label looks' : 'labels look'} wrong`
  return [`${count}, first of all ${first.source}: ${classes[first.given]}, or rather ${classes[first.suggested]}?`]
}

/** Says which images occur more than once, and what is wrong with that. */
function copies({ duplicates }: Outcome): string[] {
  const within = duplicates.filter((group) => group.images.filter(({ set }) => set === 'train').length > 1)
  const contradictions = duplicates.filter(({ differentClasses }) => differentClasses)
  const leaks = duplicates.filter(({ acrossSets }) => acrossSets)
  return [
    ...told(within, ['image occurs', 'images occur'], 'more than once, or nearly so', 'copies teach nothing new'),
    ...told(contradictions, ['image has', 'images have'], 'several labels', 'all but one are wrong'),
    ...told(
      leaks,
      ['validation image is', 'validation images are'],
      'among the training images too',
      'the accuracy on them says too much',
    ),
  ]
}

/** Tells how many groups there are, if any, and the first of them. */
function told(
  groups: readonly DuplicateGroup[],
  [singular, plural]: readonly [string, string],
  what: string,
  consequence: string,
): string[] {
  if (groups.length === 0) return []
  const [one, other] = groups[0]!.images
  const pair = `${one!.source} and ${other!.source}`
  return [`${groups.length} ${groups.length === 1 ? singular : plural} ${what}, first of all ${pair}: ${consequence}.`]
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const images = (count: number): string => `${count} ${count === 1 ? 'image' : 'images'}`
