import { FineTuneError } from '../../errors.js'
import { PickleDict, type PickleValue, TensorRef } from './pickleValues.js'

/** What training scripts call the state dict inside a checkpoint, best first. */
const WRAPPERS = ['state_dict', 'model_state_dict', 'model', 'model_state', 'module', 'net', 'network', 'weights']
const DEEPEST = 4

/**
 * The tensors of a state dict by name: the value itself, or what one of the usual wrappers holds. Entries that are no
 * tensors (counters, extra state) are passed over.
 *
 * @throws FineTuneError 'weights/no-state-dict'
 */
export function findStateDict(value: PickleValue): ReadonlyMap<string, TensorRef> {
  let dict = value
  for (let depth = 0; depth < DEEPEST && dict instanceof PickleDict; depth++) {
    const tensors = [...dict].filter((entry): entry is [string, TensorRef] => isTensor(entry))
    if (tensors.length) return new Map(tensors)
    const wrapper = WRAPPERS.find((name) => (dict as PickleDict).get(name) instanceof PickleDict)
    if (!wrapper) break
    dict = dict.get(wrapper)!
  }
  const found = value instanceof PickleDict ? [...value.keys()].slice(0, 20).map(nameOf) : undefined
  throw new FineTuneError('weights/no-state-dict', { found, wrappers: WRAPPERS })
}

const isTensor = ([name, tensor]: readonly [PickleValue, PickleValue]): boolean =>
  typeof name === 'string' && tensor instanceof TensorRef

const nameOf = (key: PickleValue): string => (typeof key === 'object' ? '(an object)' : String(key).slice(0, 80))
