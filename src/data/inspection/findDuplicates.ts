import { TimeSlicer } from '../../TimeSlicer.js'
import type { ImageInfo } from '../loader/look/ImageLook.js'
import { likeness } from '../loader/look/perceptualHash.js'
import type { DuplicateGroup, DuplicateImage } from './DatasetInspection.js'
import { Groups } from './Groups.js'
import { HashIndex } from './HashIndex.js'

/** A readable image, with its position among all sets. */
export interface LookedAt extends Omit<DuplicateImage, 'likeness'> {
  readonly facts: ImageInfo
}

/**
 * The most bits of 63 in which the hashes of near duplicates differ; the similarity at 16 x 16 pixels is required too.
 * Both are chosen by the duplicates found and missed on photographs (docs/images.md).
 */
const MOST_DIFFERENT_BITS = 10
const LEAST_LIKENESS = 0.95

/** Finds groups of two and more, in the order of their first images. */
export async function findDuplicates(images: readonly LookedAt[]): Promise<DuplicateGroup[]> {
  const groups = new Groups(images.length)
  const distinct = joinEqual(images, groups)
  await joinNear(images, distinct, groups)
  return groups.ofSeveral().map((members) => describe(members.map((member) => images[member]!)))
}

/** Joins images of the same pixels. @returns the first of each */
function joinEqual(images: readonly LookedAt[], groups: Groups): number[] {
  const firsts = new Map<string, number>()
  for (const [i, { facts }] of images.entries()) {
    const first = firsts.get(facts.pixelDigest)
    if (first === undefined) firsts.set(facts.pixelDigest, i)
    else groups.join(first, i)
  }
  return [...firsts.values()]
}

async function joinNear(images: readonly LookedAt[], distinct: readonly number[], groups: Groups): Promise<void> {
  const index = new HashIndex(MOST_DIFFERENT_BITS)
  const hashed: number[] = []
  const slices = new TimeSlicer()
  for (const i of distinct) {
    const { hash, thumbnail } = images[i]!.facts
    if (!hash) continue
    await slices.next()
    for (const place of index.near(hash)) {
      const other = hashed[place]!
      if (groups.firstOf(i) === groups.firstOf(other)) continue
      if (likeness(thumbnail, images[other]!.facts.thumbnail) >= LEAST_LIKENESS) groups.join(other, i)
    }
    hashed[index.add(hash)] = i
  }
}

function describe(members: readonly LookedAt[]): DuplicateGroup {
  const { thumbnail } = members[0]!.facts
  const differ = (what: (member: LookedAt) => string) => new Set(members.map(what)).size > 1
  const pixelsDiffer = differ(({ facts }) => facts.pixelDigest)
  return {
    kind: pixelsDiffer ? 'near' : differ(({ facts }) => facts.fileDigest) ? 'pixels' : 'file',
    acrossSets: differ(({ set }) => set),
    differentClasses: differ((member) => member.class),
    images: members.map(({ facts, ...image }) => ({
      ...image,
      likeness: Number(likeness(thumbnail, facts.thumbnail).toFixed(3)),
    })),
  }
}
