/** What wrappers put before every name: DataParallel and averaged models, Lightning. */
const PREFIXES = ['module.', 'model.']
/** What wrappers put into names, before every name or inside: torch.compile, FSDP, activation checkpointing. */
const WRAPPED = /(^|\.)(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)(?=\.)/g
/** How many models `torch.optim.swa_utils.AveragedModel` has averaged: it stands beside what it wraps. */
const COUNTER = 'n_averaged'

/** The same tensors without what wrappers put into all names. */
export function stripPrefixes<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const plain = renamed(tensors, (name) => name.replace(WRAPPED, '').replace(/^\./, ''))
  const names = [...plain.keys()].filter((name) => name !== COUNTER)
  const prefix = PREFIXES.find((candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate)))
  if (prefix === undefined) return plain
  plain.delete(COUNTER)
  return stripPrefixes(renamed(plain, (name) => name.slice(prefix.length)))
}

/** Two names that would become one stay two. */
function renamed<T>(tensors: ReadonlyMap<string, T>, rename: (name: string) => string): Map<string, T> {
  const result = new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]))
  return result.size === tensors.size ? result : new Map(tensors)
}
