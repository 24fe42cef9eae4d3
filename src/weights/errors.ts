import { errorsOf, list } from '../errors.js'

/** `['model']['head']`, as Python writes it. */
const keys = (path: readonly string[]): string => path.map((key) => `['${key}']`).join('')

const texts = {
  'weights/malformed': (f: { format: 'safetensors' | 'PyTorch'; problem: string; tensor?: string; source?: string }) =>
    `Not a valid ${f.format} file${f.source ? ` (${f.source})` : ''}: ${f.tensor === undefined ? '' : `tensor ${f.tensor}: `}${f.problem}`,
  'weights/unknown-format': (f: { source: string; begins: string; formats: readonly string[] }) =>
    `${f.source} is no file of weights: it begins with ${f.begins}. Supported: ${list(f.formats)}`,
  'weights/refused-pickle': (f: { global: string; source?: string }) =>
    `The PyTorch file${f.source ? ` ${f.source}` : ''} asks for ${f.global}, which is refused: only tensors and plain containers are read, and nothing is executed. In Python, save the tensors alone: torch.save(model.state_dict(), path)`,
  'weights/legacy-torch': (f: { source?: string }) =>
    `The PyTorch file${f.source ? ` ${f.source}` : ''} has the format from before version 0.1.10. In a Python that you trust it with, convert it: torch.save(torch.load(path, map_location='cpu'), path)`,
  'weights/no-state-dict': (f: {
    found: readonly string[] | undefined
    wrappers: readonly string[]
    source?: string
  }) =>
    `The PyTorch file${f.source ? ` ${f.source}` : ''} holds no state dict: ${f.found ? `its dictionary has ${list(f.found) || 'nothing'}` : 'it is no dictionary'}. Expected: tensors by name, or such a dictionary under one of ${list(f.wrappers)}`,
  'weights/cannot-write': (f: { path: string; problem: string }) =>
    `The weights cannot be written to ${f.path}: ${f.problem}. What was there is as it was`,
  'weights/several-state-dicts': (f: {
    found: readonly { readonly path: readonly string[]; readonly tensors: readonly string[] }[]
    wrappers: readonly string[]
    source?: string
  }) =>
    `The PyTorch file${f.source ? ` ${f.source}` : ''} holds several dictionaries of tensors, and their names do not tell which is the network: ${f.found.map(({ path, tensors }) => `${keys(path) || 'the outermost'} with ${list(tensors, 3)}`).join('; ')}. In Python, save one of them alone: torch.save(torch.load(path)${keys(f.found.find(({ path }) => path.length > 0)?.path ?? [])}, path). Expected: one, or one under one of ${list(f.wrappers)}`,
  'weights/no-adapters': (f: { problem: string }) =>
    `The file holds no adapters that saveAdapters wrote: it has no ${f.problem}`,
  'weights/unwritable': (f: { tensor: string; problem: string }) =>
    `Tensor ${f.tensor} cannot be written as safetensors: ${f.problem}`,
  'weights/not-numbers': (f: { dims: readonly number[] }) =>
    `A tensor of strings (shape [${f.dims.join(', ')}]) has no float32 form`,
  'weights/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read weights from ${f.source}: ${f.problem}`,
}

type WeightsErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends WeightsErrors {}
}

/** The factory of the errors of this room. */
export const weightsError = /* @__PURE__ */ errorsOf(texts)
