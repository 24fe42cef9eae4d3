import { expect, test } from 'vitest'
import { precisionLine } from '../../src/progress/precisionLine.js'

test('the precision of features is told in a line', () => {
  const event = { type: 'featurePrecision', precision: 'int8', calibrationImages: 32, images: 30 } as const
  expect(precisionLine({ ...event, cosine: 0.99824, relativeError: 0.0603 })).toBe(
    'features in int8, 6.0 % beside float32 on 30 images, mean cosine 0.998',
  )
})
