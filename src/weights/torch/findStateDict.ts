import { FineTuneError } from '../../errors.js'
import { PickleDict, type PickleValue, TensorRef } from './pickleValues.js'

/** What training scripts call the state dict inside a checkpoint. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'model_state', 'module', 'net', 'network', 'weights']
/** A moving average of the weights: taken only where there are no others. */
const AVERAGES = /(^|_)(ema|swa|averaged?)(_|$)/i
/** What holds tensors that are no network's: the state of an optimizer and its like, and what modules keep aside. */
const NO_NETWORKS = /optim|sched|scaler|rng|_extra_state$/i
const DEEPEST = 4

interface StateDict {
  /** The keys that lead to it. */
  readonly path: readonly string[]
  readonly tensors: ReadonlyMap<string, TensorRef>
}

/**
 * The tensors of a network's state dict by name. Values of a state dict are tensors, so a dictionary of tensors under
 * one of the usual names is the network, whatever lies beside it (`best_acc1`, which may be a tensor too). Without such
 * a name it must be the only dictionary of tensors. Entries that are no tensors (counters, extra state) are passed over.
 *
 * @throws FineTuneError 'weights/no-state-dict', 'weights/several-state-dicts'
 */
export function findStateDict(value: PickleValue): ReadonlyMap<string, TensorRef> {
  const found = value instanceof PickleDict ? networksIn(value, [], new Set()) : []
  if (found.length === 1) return found[0]!.tensors
  if (found.length > 1)
    throw new FineTuneError('weights/several-state-dicts', { found: found.map(describe), wrappers: WRAPPERS })
  const keys = value instanceof PickleDict ? [...value.keys()].slice(0, 20).map(nameOf) : undefined
  throw new FineTuneError('weights/no-state-dict', { found: keys, wrappers: WRAPPERS })
}

/** The dictionaries of tensors that may be the network: more than one where names do not tell. */
function networksIn(dict: PickleDict, path: readonly string[], seen: Set<PickleDict>): StateDict[] {
  // One dictionary under two names is one; a dictionary that holds itself ends here.
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

/** Single numbers alone (an epoch, an accuracy) are no network where there is another dictionary of tensors. */
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
