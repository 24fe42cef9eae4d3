import { GlobalName, PickleDict, type PickleValue, StorageRef, TensorRef } from './pickleValues.js'
import { malformed, refused } from './torchErrors.js'
import { TORCH_TYPES, torchType } from './torchTypes.js'

/**
 * The functions that a pickle may name. Each is implemented here, for data; nothing in the file is run. Anything else
 * is refused by name.
 */
const functions: Readonly<Record<string, (args: readonly PickleValue[]) => PickleValue>> = {
  'collections.OrderedDict': ([pairs]) => orderedDict(pairs),
  // Before version 0.4.
  'torch._utils._rebuild_tensor': (args) => rebuildTensor(args),
  'torch._utils._rebuild_tensor_v2': (args) => rebuildTensor(args),
  'torch._utils._rebuild_tensor_v3': ([storage, offset, size, stride, , , dtype]) => {
    const type = dtype instanceof GlobalName ? dtypeOf(dtype.name) : undefined
    if (!(storage instanceof StorageRef) || !type) throw malformed('a tensor is built on something that is no storage')
    return tensor(storage, type, offset, size, stride)
  },
  'torch._utils._rebuild_parameter': ([data]) => {
    if (!(data instanceof TensorRef)) throw malformed('a parameter is made of something that is no tensor')
    return data
  },
}

function rebuildTensor([storage, offset, size, stride]: readonly PickleValue[]): TensorRef {
  if (!(storage instanceof StorageRef) || storage.type === undefined)
    throw malformed('a tensor is built on something that is no typed storage')
  return tensor(storage, storage.type, offset, size, stride)
}

const storages = new Map<string, string>(
  TORCH_TYPES.flatMap(({ storage, dtype }) => (storage ? [[`torch.${storage}`, dtype] as const] : [])),
)
const UNTYPED = 'torch.storage.UntypedStorage'

/** Returns the name, if a file of tensors may use it. */
export function findGlobal(name: string): GlobalName {
  const known = Object.hasOwn(functions, name) || storages.has(name) || name === UNTYPED || dtypeOf(name)
  if (!known) throw refused(name)
  return new GlobalName(name)
}

/** Returns the result of calling a global. */
export function callGlobal(called: PickleValue, args: PickleValue): PickleValue {
  if (!(called instanceof GlobalName) || !Array.isArray(args)) throw malformed('it calls something that is no function')
  if (!Object.hasOwn(functions, called.name)) throw refused(called.name)
  return functions[called.name]!(args)
}

/**
 * Reads `('storage', torch.FloatStorage, key, device, number of elements)`: the device is ignored. Before version 1.6 a
 * storage might be a view of another, which is None in all files of weights.
 */
export function persistentStorage(id: PickleValue): StorageRef {
  const [kind, type, key, , length, view = null] = Array.isArray(id) ? (id as readonly PickleValue[]) : []
  if (kind !== 'storage' || !(type instanceof GlobalName) || typeof key !== 'string' || !isSize(length))
    throw malformed('a persistent id is no storage')
  if (view !== null) throw malformed(`its storage ${key} is a view of another`)
  if (type.name === UNTYPED) return new StorageRef(key, undefined, length)
  const dtype = storages.get(type.name)
  if (!dtype) throw malformed(`${type.name} is no storage`)
  return new StorageRef(key, dtype, length)
}

function orderedDict(pairs: PickleValue | undefined): PickleDict {
  if (pairs !== undefined && !Array.isArray(pairs))
    throw malformed('an OrderedDict is made of something that is no list')
  return new PickleDict(
    ((pairs ?? []) as readonly PickleValue[]).map((pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw malformed('an item of an OrderedDict is no pair')
      return pair as unknown as [PickleValue, PickleValue]
    }),
  )
}

function tensor(
  storage: StorageRef,
  type: string,
  offset: PickleValue | undefined,
  size: PickleValue | undefined,
  stride: PickleValue | undefined,
): TensorRef {
  if (!isSize(offset) || !isSizes(size) || !isSizes(stride) || size.length !== stride.length)
    throw malformed('the offset, size and stride of a tensor are not whole numbers from 0 up')
  return new TensorRef(storage, type, offset, size, stride)
}

const dtypeOf = (name: string): string | undefined =>
  name.startsWith('torch.') ? torchType(name.slice('torch.'.length))?.dtype : undefined

const isSize = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

const isSizes = (value: PickleValue | undefined): value is readonly number[] =>
  Array.isArray(value) && value.length <= MOST_DIMENSIONS && value.every(isSize)

/** The most dimensions: torch's own limit. */
const MOST_DIMENSIONS = 64
