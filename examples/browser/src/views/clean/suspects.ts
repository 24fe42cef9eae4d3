import { computed } from '@preact/signals'
import { images, review } from '../../state/store.js'
import type { Suspect } from '../../state/types.js'

/** The suspects without a verdict: images that are still there, with the label that was suspected. */
export const openSuspects = computed((): readonly Suspect[] =>
  (review.value?.suspects ?? []).filter(({ id }) => {
    const entry = images.value.get(id)
    return entry !== undefined && !entry.confirmed
  }),
)
