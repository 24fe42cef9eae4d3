/** What wrappers put before every name: DataParallel, torch.compile, Lightning. */
const PREFIXES = ['module.', '_orig_mod.', 'model.']

/** The same tensors without the prefixes that all of them share. */
export function stripPrefixes<T>(tensors: ReadonlyMap<string, T>): Map<string, T> {
  const names = [...tensors.keys()]
  const prefix = PREFIXES.find((candidate) => names.length > 0 && names.every((name) => name.startsWith(candidate)))
  if (prefix === undefined) return new Map(tensors)
  return stripPrefixes(new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor])))
}
