import type { Model } from '../../model/Model.js'
import { sizeOf } from '../../onnx/graph/tensor.js'
import type { GroupSummary, PhaseSummary } from '../record/RunRecord.js'
import { factsOf, type RunFacts } from '../record/summaries.js'
import { epochsOf, type PreparedPhase } from './preparePhases.js'

/** Returns the properties of a run of phases that are known before it starts. */
export function factsOfPhases(model: Model, phases: readonly PreparedPhase[]): RunFacts {
  const last = phases.at(-1)!
  const facts = factsOf(model, last.options, last.featureViews)
  const summaries = phases.map((phase) => summaryOf(model, phase))
  const { swa, ...settings } = facts.settings
  const lengths = phases.map(({ options }) => options)
  const before = epochsOf(lengths.slice(0, -1))
  return {
    ...facts,
    settings: {
      ...settings,
      ...(swa && { swa: { from: before + swa.from } }),
      epochs: epochsOf(lengths),
      seed: phases[0]!.options.seed,
      schedule: summaries.some(({ schedule }) => schedule),
      optimizer: [...new Set(summaries.map(({ optimizer }) => optimizer))].join(', '),
      groups: distinct(summaries.flatMap(({ groups }) => groups)),
      phases: summaries,
    },
  }
}

function summaryOf(model: Model, { options, frozen, featureViews }: PreparedPhase): PhaseSummary {
  const { epochs, optimizer, schedule, groups } = factsOf(model, options, featureViews).settings
  const trained = model.parameters.filter((name) => !frozen.has(name))
  const trainable = trained.reduce((sum, name) => sum + sizeOf(model.get(name).dims), 0)
  return { epochs, trainable, optimizer, schedule, groups }
}

/** Returns the last group of each name: groups of one name in several phases have one curve. */
const distinct = (groups: readonly GroupSummary[]): GroupSummary[] => [
  ...new Map(groups.map((group) => [group.name, group])).values(),
]
