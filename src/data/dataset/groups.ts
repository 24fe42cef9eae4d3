import * as z from 'zod'
import { checkArgument } from '../../arguments.js'
import { baseError } from '../../errors.js'
import { permutation, type Random } from '../../random.js'
import type { ImageSample } from '../samples/ImageSample.js'
import { tableOf } from '../samples/lazySamples.js'
import type { ImageDataset } from './dataset.js'
import { type LabelsAt, labelsAtOf, stratifyLabels } from './stratifyLabels.js'

/** The group of a sample: any name. */
type Group = string | number

/**
 * The groups of samples that must not be separated, such as the photographs of one patient: the group of each sample, or
 * a function that returns it.
 */
export type SampleGroups = readonly Group[] | ((sample: ImageSample, index: number) => Group)

const group = z.union([z.string(), z.number()], 'a string or a number')
export const groupsSchema = z
  .union(
    [z.array(group), z.custom<(sample: ImageSample, index: number) => Group>((value) => typeof value === 'function')],
    {
      error: 'a list with the group of each sample, or a function that returns it',
    },
  )
  .optional()

/** Returns the groups that the samples have of themselves, if they have any. */
export function groupsOf({ samples }: ImageDataset): SampleGroups | undefined {
  const { groupOf } = tableOf(samples)
  return groupOf && Array.from({ length: samples.length }, (_, index) => groupOf(index))
}

/**
 * Returns the part of each sample, such that no group is divided and each part has about its share of each class: groups
 * are placed one by one, the largest first, where the counts of the classes then come nearest to the shares.
 *
 * @param shares of the parts; together 1
 * @param of the public function, for errors
 * @throws FineTuneError 'options/invalid' for fewer groups than parts
 */
function placeGroups(
  dataset: ImageDataset,
  groups: SampleGroups,
  shares: readonly number[],
  random: Random,
  of: string,
): Uint32Array {
  const { samples, classes } = dataset
  const labelsAt = labelsAtOf(tableOf(samples))
  const members = membersOf(samples, groups, of)
  if (members.length < shares.length)
    throw baseError('options/invalid', {
      option: `${of}: groups`,
      received: members.length,
      expected: `${shares.length} groups or more, one for each part`,
    })
  const countOf = (indices: Iterable<number>) => countLabels(indices, labelsAt, classes.length)
  const totals = countOf(samples.keys())
  const counts = shares.map(() => new Float64Array(classes.length))
  const parts = new Uint32Array(samples.length)
  const empty = new Set(shares.keys())
  for (const [place, indices] of inOrder(members, random).entries()) {
    const adds = countOf(indices)
    // The last groups go where nothing is yet.
    const isScarce = members.length - place <= empty.size
    const candidates = isScarce ? [...empty] : [...shares.keys()]
    const costs = candidates.map((part) => costOf(adds, counts[part]!, totals, shares[part]!))
    const part = candidates[costs.indexOf(Math.min(...costs))]!
    empty.delete(part)
    for (const [label, count] of adds.entries()) counts[part]![label]! += count
    for (const index of indices) parts[index] = part
  }
  return parts
}

/**
 * Returns the part of each sample, where groups or several labels an image say more than classes do; undefined elsewhere.
 *
 * @param shares of the parts; together 1
 * @param of the public function, for errors
 * @throws FineTuneError 'options/invalid' for fewer groups than parts
 */
export function placeSamples(
  dataset: ImageDataset,
  groups: SampleGroups | undefined,
  shares: readonly number[],
  random: Random,
  of: string,
): ArrayLike<number> | undefined {
  if (groups) return placeGroups(dataset, groups, shares, random, of)
  const table = tableOf(dataset.samples)
  return table.labelsOf && stratifyLabels(table.length, labelsAtOf(table), shares, random)
}

/** Returns the samples of each group, in the order of the groups' first samples. */
function membersOf(samples: readonly ImageSample[], groups: SampleGroups, of: string): number[][] {
  let names: readonly Group[] = []
  checkArgument(`${of}: groups`, groups, {
    expected: `a list with the group of each of the ${samples.length} samples, or a function that returns it: a string or a number`,
    is: () => {
      names = typeof groups === 'function' ? samples.map(groups) : groups
      return names.length === samples.length && names.every(isGroup)
    },
  })
  const members = new Map<Group, number[]>()
  for (const [index, name] of names.entries()) {
    const known = members.get(name)
    if (known) known.push(index)
    else members.set(name, [index])
  }
  return [...members.values()]
}

const isGroup = (value: unknown): boolean => typeof value === 'string' || typeof value === 'number'

/** Shuffles the groups, then puts the largest first. */
const inOrder = (members: readonly number[][], random: Random): number[][] =>
  Array.from(permutation(members.length, random), (place) => members[place]!).sort((a, b) => b.length - a.length)

function countLabels(indices: Iterable<number>, labelsAt: LabelsAt, classes: number): Float64Array {
  const counts = new Float64Array(classes)
  for (const index of indices) for (const label of labelsAt(index)) counts[label]!++
  return counts
}

/** Computes how much the squared distances of a part's counts from its shares grow, each relative to its class. */
function costOf(adds: Float64Array, counts: Float64Array, totals: Float64Array, share: number): number {
  let cost = 0
  for (const [label, count] of adds.entries())
    if (count > 0) cost += (count * (count + 2 * (counts[label]! - share * totals[label]!))) / totals[label]!
  return cost
}
