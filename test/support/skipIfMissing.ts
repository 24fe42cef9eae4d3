import { beforeEach, inject } from 'vitest'

const missing = inject('missing')

beforeEach(({ skip }) => {
  if (missing !== undefined) skip(missing)
})
