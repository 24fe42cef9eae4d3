import type { OfficialGraph } from '../layout/OfficialGraph.js'
import { type Algorithms, cheapest, chooseAlgorithms, plainest } from './algorithm.js'
import { type Fusions, findFusions, NO_FUSIONS } from './fuse.js'
import { chooseLayout, type Layout, NO_LAYOUT } from './layout.js'
import { findPhases, NO_PHASES, type Phases } from './phases.js'

/** The decisions about the blocked form of an official graph, made before any of it is written. */
export interface Plan {
  readonly phases: Phases
  readonly layout: Layout
  readonly fusions: Fusions
  readonly algorithms: Algorithms
}

/**
 * The passes that decide, in order; each reads the decisions of those before it. `lower` omits those that are disabled.
 */
export const planPasses = ['phases', 'layout', 'fuse', 'algorithm'] as const

export function planBlocked(official: OfficialGraph, disable: readonly string[]): Plan {
  const isOn = (pass: (typeof planPasses)[number]) => !disable.includes(pass)
  const phases = isOn('phases') ? findPhases(official) : NO_PHASES
  const layout = isOn('layout') ? chooseLayout(official, phases) : NO_LAYOUT
  const fusions = isOn('fuse') ? findFusions(official, phases, layout) : NO_FUSIONS
  const algorithms = chooseAlgorithms(official, layout, isOn('algorithm') ? cheapest : plainest)
  return { phases, layout, fusions, algorithms }
}
