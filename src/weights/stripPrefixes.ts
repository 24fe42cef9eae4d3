/** The prefixes that wrappers add to every name: DataParallel and averaged models, Lightning. */
const PREFIXES = ['module.', 'model.']
/** The parts that wrappers add to names, before every name or inside: torch.compile, FSDP, activation checkpointing. */
const WRAPPED = /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)(?=\.)/g
/**
 * The number of models that `torch.optim.swa_utils.AveragedModel` has averaged: it is stored beside the wrapped model.
 */
const COUNTER = 'n_averaged'

/** Returns the same tensors without the parts that wrappers add to all names. */
export function stripPrefixes<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const plain = renamed(tensors, (name) => name.replace(WRAPPED, '').replace(/^\./, ''))
  const names = [...plain.keys()].filter((name) => name !== COUNTER)
  const prefix = PREFIXES.find((candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate)))
  if (prefix === undefined) return plain
  plain.delete(COUNTER)
  return stripPrefixes(renamed(plain, (name) => name.slice(prefix.length)))
}

/** Renames tensors, unless two names would become one. */
function renamed<T>(tensors: ReadonlyMap<string, T>, rename: (name: string) => string): Map<string, T> {
  const result = new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]))
  return result.size === tensors.size ? result : new Map(tensors)
}
