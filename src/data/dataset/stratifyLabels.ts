import { permutation, type Random } from '../../random.js'
import type { SampleTable } from '../samples/SampleTable.js'

/** The labels of a sample: of one class an image, that one. */
export type LabelsAt = (index: number) => readonly number[]

/** Returns the function of the labels of a sample, each of them once. */
export const labelsAtOf = ({ labelOf, labelsOf }: SampleTable): LabelsAt =>
  labelsOf ? (index) => [...new Set(labelsOf(index))] : (index) => [labelOf(index)]

/**
 * Returns the part of each sample, such that each part has about its share of each label, and of the samples: iterative
 * stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data"). The samples of the
 * rarest label are placed first, each in the part that lacks most of that label.
 *
 * @param shares of the parts; together 1
 */
export function stratifyLabels(
  length: number,
  labelsAt: LabelsAt,
  shares: readonly number[],
  random: Random,
): Uint8Array {
  const remaining = membersOf(length, labelsAt, random)
  const wanted = new Map([...remaining].map(([label, { size }]) => [label, shares.map((share) => share * size)]))
  const places = shares.map((share) => share * length)
  const parts = new Uint8Array(length)
  const place = (index: number, lacking: readonly number[]) => {
    const part = mostLacking(lacking, places, random)
    parts[index] = part
    places[part]!--
    for (const label of labelsAt(index)) {
      wanted.get(label)![part]!--
      remaining.get(label)!.delete(index)
    }
  }
  for (let rarest = rarestOf(remaining); rarest !== undefined; rarest = rarestOf(remaining))
    for (const index of [...remaining.get(rarest)!]) place(index, wanted.get(rarest)!)
  const unlabelled = permutation(length, random).filter((index) => labelsAt(index).length === 0)
  for (const index of unlabelled) place(index, places)
  return parts
}

/** Returns the samples that have each label, in random order. */
function membersOf(length: number, labelsAt: LabelsAt, random: Random): Map<number, Set<number>> {
  const members = new Map<number, Set<number>>()
  for (const index of permutation(length, random))
    for (const label of labelsAt(index)) members.set(label, (members.get(label) ?? new Set()).add(index))
  return members
}

function rarestOf(remaining: ReadonlyMap<number, ReadonlySet<number>>): number | undefined {
  const left = [...remaining].filter(([, { size }]) => size > 0)
  return left.sort(([a, { size: some }], [b, { size: others }]) => some - others || a - b)[0]?.[0]
}

/** Returns the part that lacks most; of several the one with most places left, or else any of them. */
function mostLacking(lacking: readonly number[], places: readonly number[], random: Random): number {
  const best = (parts: readonly number[], of: readonly number[]) => {
    const most = Math.max(...parts.map((part) => of[part]!))
    return parts.filter((part) => of[part] === most)
  }
  const parts = best(best([...lacking.keys()], lacking), places)
  return parts.length === 1 ? parts[0]! : parts[random.integer(0, parts.length - 1)]!
}
