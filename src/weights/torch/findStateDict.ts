import { weightsError } from '../errors.js'
import { PickleDict, type PickleValue, TensorRef } from './pickleValues.js'

/** The names that training scripts give to the state dict inside a checkpoint. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'model_state', 'module', 'net', 'network', 'weights']
/** The names of a moving average of the weights: used only if there are no others. */
const AVERAGES = /(^|_)(ema|swa|averaged?)(_|$)/i
/**
 * The names of tensors that are not a network's: the state of an optimizer and the like, and auxiliary data of modules.
 */
const NO_NETWORKS = /optim|sched|scaler|rng|_extra_state$/i
const DEEPEST = 4

interface StateDict {
  /** The keys that lead to it. */
  readonly path: readonly string[]
  readonly tensors: ReadonlyMap<string, TensorRef>
}

/**
 * Finds the tensors of a network's state dict by name. Values of a state dict are tensors, so a dictionary of tensors
 * under one of the usual names is the network, whatever else is beside it (`best_acc1`, which may be a tensor too).
 * Without such a name it must be the only dictionary of tensors. Entries that are not tensors (counters, extra state)
 * are skipped.
 *
 * @throws FineTuneError 'weights/no-state-dict', 'weights/several-state-dicts'
 */
export function findStateDict(value: PickleValue): ReadonlyMap<string, TensorRef> {
  const found = value instanceof PickleDict ? networksIn(value, [], new Set()) : []
  if (found.length === 1) return found[0]!.tensors
  if (found.length > 1)
    throw weightsError('weights/several-state-dicts', { found: found.map(describe), wrappers: WRAPPERS })
  const keys = value instanceof PickleDict ? [...value.keys()].slice(0, 20).map(nameOf) : undefined
  throw weightsError('weights/no-state-dict', { found: keys, wrappers: WRAPPERS })
}

/** Returns the dictionaries of tensors that may be the network: more than one if their names are not conclusive. */
function networksIn(dict: PickleDict, path: readonly string[], seen: Set<PickleDict>): StateDict[] {
  // One dictionary under two names is one; a dictionary that contains itself ends here.
  if (seen.has(dict) || path.length >= DEEPEST) return []
  seen.add(dict)
  const own = ownTensors(dict, path)
  const inner = innerDicts(dict).map(([key, value]) => ({ key, found: networksIn(value, [...path, key], seen) }))
  const under = (is: (key: string) => boolean) => inner.flatMap(({ key, found }) => (is(key) ? found : []))
  const ranked = [
    under((key) => WRAPPERS.includes(key)),
    [...own.filter(hasShape), ...under((key) => !AVERAGES.test(key))],
    under((key) => AVERAGES.test(key)),
  ]
  return ranked.find(({ length }) => length > 0) ?? own
}

function ownTensors(dict: PickleDict, path: readonly string[]): StateDict[] {
  const tensors = [...dict].filter((entry): entry is [string, TensorRef] => isTensor(entry))
  return tensors.length > 0 ? [{ path, tensors: new Map(tensors) }] : []
}

/**
 * Tells whether any tensor has a shape: scalars alone (an epoch, an accuracy) are not a network if there is another
 * dictionary.
 */
const hasShape = ({ tensors }: StateDict): boolean => [...tensors.values()].some(({ dims }) => dims.length > 0)

const innerDicts = (dict: PickleDict): [string, PickleDict][] =>
  [...dict].filter(
    (entry): entry is [string, PickleDict] =>
      typeof entry[0] === 'string' && entry[1] instanceof PickleDict && !NO_NETWORKS.test(entry[0]),
  )

const isTensor = ([name, tensor]: readonly [PickleValue, PickleValue]): boolean =>
  typeof name === 'string' && tensor instanceof TensorRef

const nameOf = (key: PickleValue): string => (typeof key === 'object' ? '(an object)' : String(key).slice(0, 80))

const describe = ({ path, tensors }: StateDict) => ({ path, tensors: [...tensors.keys()] })
