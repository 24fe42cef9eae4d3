import { computed } from '@preact/signals'
import { images, review } from '../../state/store.js'
import type { Suspect } from '../../state/types.js'

/** The suspects that nobody has judged yet: still there, with the label that was suspected. */
export const openSuspects = computed((): readonly Suspect[] =>
  (review.value?.suspects ?? []).filter(({ id }) => {
    const entry = images.value.get(id)
    return entry !== undefined && !entry.confirmed
  }),
)
