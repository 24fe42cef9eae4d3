import { describe, expect, test } from 'vitest'
import { confidentIssues } from '../../src/labels/confidentIssues.js'

const issues = (rows: readonly (readonly number[])[], labels: readonly number[]) =>
  confidentIssues({ probabilities: Float64Array.from(rows.flat()), labels, classes: rows[0]!.length })

describe('confident learning', () => {
  test('contradicts a label where another class reaches its own threshold, the smallest margin first', () => {
    // The mean self-confidence of class 0 is 0.6, that of class 1 is 0.62.
    const rows = [
      [0.9, 0.1],
      [0.8, 0.2],
      [0.1, 0.9],
      [0.1, 0.9],
      [0.2, 0.8],
      [0.7, 0.3],
      [0.45, 0.55],
    ]
    expect(issues(rows, [0, 0, 0, 1, 1, 1, 1])).toEqual([
      { row: 2, suggested: 1 },
      { row: 5, suggested: 0 },
    ])
  })

  test('leaves a label that is not the most probable class where none is confident', () => {
    // Row 2 is 0.45 for its label and 0.55 for class 1, whose threshold is 0.9.
    expect(
      issues(
        [
          [0.9, 0.1],
          [0.9, 0.1],
          [0.45, 0.55],
          [0.1, 0.9],
          [0.1, 0.9],
        ],
        [0, 0, 0, 1, 1],
      ),
    ).toEqual([])
  })

  test('suggests the most probable of several classes that reach their thresholds', () => {
    const rows = [
      [0.05, 0.45, 0.5],
      [0.9, 0.05, 0.05],
      [0.3, 0.4, 0.3],
      [0.3, 0.4, 0.3],
      [0.3, 0.3, 0.4],
      [0.3, 0.3, 0.4],
    ]
    expect(issues(rows, [0, 0, 1, 1, 2, 2])[0]).toEqual({ row: 0, suggested: 2 })
  })

  test('does not judge a class of one example, nor suggest a class without any', () => {
    expect(
      issues(
        [
          [0.1, 0.8, 0.1],
          [0.1, 0.9, 0],
          [0.1, 0.9, 0],
        ],
        [0, 1, 1],
      ),
    ).toEqual([])
  })
})
