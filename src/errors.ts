import { printable } from './printable.js'
import { shown } from './shown.js'

/**
 * Every error that this library throws on purpose: one class, a literal `code`, the facts as data.
 * The table below is the whole list. To add an error, add a line: its facts and the text made of them.
 */

const list = (items: readonly (string | number)[], most = 8): string =>
  items.length <= most ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${items.length - most} more`

/** `['model']['head']`, as Python writes it. */
const keys = (path: readonly string[]): string => path.map((key) => `['${key}']`).join('')

interface MemoryFacts {
  readonly batchSize: number
  /** By estimate, in bytes. */
  readonly needed: number
  /** In bytes, where the system tells. */
  readonly available?: number | undefined
  /** Batches that are expected to fit and give the same steps. */
  readonly instead?: { readonly batchSize: number; readonly accumulate: number } | undefined
}

interface Mismatch {
  readonly backbone: string
  readonly source: string
  readonly missing: readonly string[]
  readonly misshapen: readonly { readonly tensor: string; readonly received: string; readonly expected: string }[]
  readonly unexpected: readonly string[]
}

const messages = {
  'options/invalid': (f: { option: string; received: unknown; expected: string }) =>
    `${f.option} must be ${f.expected}. Received: ${shown(f.received)}`,
  aborted: (f: { operation: string }) => `${f.operation} was left before its end`,

  'file/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write ${f.path}: ${f.problem}. What was there is as it was`,

  'onnx/malformed': (f: { problem: string; where?: string }) =>
    `Not a valid ONNX model${f.where ? ` (${f.where})` : ''}: ${f.problem}`,
  'onnx/too-large': (f: { bytes: number; limit: number }) =>
    `The model takes ${f.bytes} bytes, and an ONNX file may have ${f.limit}. Export it with precision: 'float16', which halves it, or save its weights as safetensors, which may be of any size`,
  'onnx/unknown-value': (f: { value: string; node: string }) =>
    `Node ${f.node} reads ${f.value}, which no input, initializer or earlier node provides`,
  'onnx/external-data': (f: { tensor: string; file: string; problem: string }) =>
    `The tensor ${f.tensor} is stored outside the model, in ${f.file}: ${f.problem}`,
  'onnx/unsupported-type': (f: { where: string; type: string; supported: readonly string[] }) =>
    `Elements of type ${f.type} cannot be read (${f.where}). Supported: ${list(f.supported, 20)}`,
  'onnx/no-shape-rule': (f: { op: string; node: string }) =>
    `No shape inference for ${f.op} (node ${f.node}). Add its value_info to the model, or a rule to src/onnx/shapes`,

  'autodiff/no-gradient': (f: { op: string; node: string }) =>
    `No gradient for ${f.op} (node ${f.node}). Freeze every parameter before it, or add a rule to src/autodiff/gradients`,
  'autodiff/unknown-parameter': (f: { parameter: string; known: readonly string[] }) =>
    `${f.parameter} is not a parameter of the model. Its parameters: ${list(f.known)}`,
  'autodiff/unreachable': (f: { parameter: string; loss: string }) =>
    `The loss ${f.loss} does not depend on ${f.parameter}, so it cannot be trained. Freeze it`,
  'autodiff/opset': (f: { opset: number; needed: number }) =>
    `The model uses operator set ${f.opset}. Training needs ${f.needed} or later: convert it, or export it again`,
  'autodiff/shared-state': (f: { state: string; nodes: readonly string[] }) =>
    `${f.state} would be updated by several nodes (${list(f.nodes)}). Give each its own statistics, or freeze them`,
  'autodiff/computed-state': (f: { state: string; node: string }) =>
    `Training updates ${f.state}, the running statistics of ${f.node}, which other nodes compute or a user feeds. They must be an initializer, or the scale and bias of ${f.node} frozen`,
  'autodiff/unknown-shape': (f: { value: string; op: string; node: string }) =>
    `The gradient of ${f.op} (node ${f.node}) needs the shape of ${f.value}. Fix its dimensions in the model's inputs`,

  'lowering/no-lowering': (f: { op: string; node: string; target: string }) =>
    `No lowering of ${f.op} (node ${f.node}) for ${f.target}. Add a file to src/lowering/portable`,
  'lowering/unknown-shape': (f: { value: string; op: string; node: string; needs: string }) =>
    `The lowering of ${f.op} (node ${f.node}) must know ${f.needs} of ${f.value}. Declare it in the value_info of the model`,

  'optim/unknown-parameter': (f: { parameter: string; group: string; known: readonly string[] }) =>
    `Group ${f.group} has ${f.parameter}, which is not trained. Trained parameters: ${list(f.known)}`,

  'artifacts/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read the training artifact ${f.source}: ${f.problem}`,
  'artifacts/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write the training artifact ${f.path}: ${f.problem}. What was there is as it was`,
  'artifacts/malformed-checkpoint': (f: { problem: string; where?: string }) =>
    `Not a valid training checkpoint${f.where ? ` (${f.where})` : ''}: ${f.problem}`,
  'artifacts/checkpoint-version': (f: { version: number; supported: number }) =>
    `The checkpoint has version ${f.version}. Only version ${f.supported} can be read: make the artifacts again, with generateArtifacts or with the onnxruntime-training of Python in version 1.19`,
  'artifacts/unsupported-optimizer': (f: { operators: readonly string[]; supported: readonly string[] }) =>
    `The optimizer model has the operators ${list(f.operators)}. Supported: a model made by generateArtifacts, or one of ${list(f.supported)}`,

  'session/no-runtime': (f: { runtimes: readonly string[]; problems?: readonly string[] }) =>
    `No ONNX Runtime can be loaded. Tried: ${list(f.runtimes)}. Run npm install ${f.runtimes[0]}${f.problems?.length ? ` (${list(f.problems)})` : ''}`,
  'session/runtime-version': (f: { runtime: string; version: string; supported: string }) =>
    `${f.runtime} ${f.version} is too old: it needs to be ${f.supported} or newer. Run npm install ${f.runtime}@latest`,
  'session/cannot-open': (f: {
    model: string
    runtime: string
    executionProviders: readonly string[]
    problem: string
  }) =>
    `${f.runtime} cannot open the ${f.model} model with the execution providers ${list(f.executionProviders)}: ${f.problem}`,
  'session/run-failed': (f: { model: string; runtime: string; problem: string }) =>
    `${f.runtime} failed while it ran the ${f.model} model: ${f.problem}`,
  'session/out-of-memory': (f: { what: string; problem: string }) =>
    `There is not enough memory for ${f.what}: ${f.problem}. Feed smaller batches, or images of fewer pixels`,
  'session/bad-feed': (f: { feed: string; received: string; expected: string }) =>
    `The feed ${f.feed} must be ${f.expected}. Received: ${f.received}`,
  'session/unknown-parameter': (f: { parameter: string; known: readonly string[] }) =>
    `The session has no parameter ${f.parameter}. Its parameters: ${list(f.known)}`,
  'session/bad-tensor': (f: { parameter: string; received: string; expected: string }) =>
    `${f.parameter} must be ${f.expected}. Received: ${f.received}`,
  'session/no-gradients': (_: object) =>
    'There are no gradients to step with. Call trainStep after each optimizerStep or lazyResetGrad',
  'session/not-finite': (f: { tensor: string; loss?: number | undefined }) =>
    `The step is undone, for ${f.tensor} holds something that is no finite number${f.loss === undefined ? '' : ` (the loss is ${f.loss})`}. Lower the learning rate, or look at what is fed`,
  'session/released': (_: object) => 'The session is released. Create a new one',
  'session/worker-died': (f: { problem: string }) => `The thread that hosts ONNX Runtime died: ${f.problem}`,

  'training/no-model': (f: { model: 'evalModel' | 'optimizerModel'; call: string }) =>
    `${f.call} needs the ${f.model}. Pass it to TrainingSession.create`,
  'training/unnamed-output': (f: { loss: string; op: string }) =>
    `The loss ${f.loss} is made by ${f.op}, which does not tell what the model's result is. Name it: exportInferenceModel(['logits'])`,

  'transforms/bad-module': (f: { module: string; problem: string }) =>
    `The transform module ${f.module} cannot be used: ${f.problem}`,
  'transforms/failed': (f: { transform: string; position: number; source?: string }) =>
    `The transform ${f.transform} (number ${f.position + 1} of the pipeline) threw an error${f.source ? ` on ${f.source}` : ''}: see its cause`,

  'download/failed': (f: {
    what: string
    attempts: readonly { readonly url: string; readonly problem: string }[]
    places: readonly { readonly url: string; readonly path: string }[]
  }) =>
    `Cannot download ${f.what}: ${f.attempts.map(({ url, problem }) => `${url} ${problem}`).join('; ')}. ` +
    `Without a network, bring one of these files: ${f.places.map(({ url, path }) => `${url} to ${path}`).join(', or ')}`,
  'download/wrong-bytes': (f: { file: string; url: string; problem: string }) =>
    `${f.url} is not the ${f.file} that it should be: ${f.problem}. Nothing was kept`,
  'download/cache': (f: { path: string; problem: string }) =>
    `Downloads cannot be kept in ${f.path}: ${f.problem}. Name another directory in the option cacheDirectory or the environment variable ONNX_FINETUNE_CACHE`,

  'weights/malformed': (f: { format: 'safetensors' | 'PyTorch'; problem: string; tensor?: string; source?: string }) =>
    `Not a valid ${f.format} file${f.source ? ` (${f.source})` : ''}: ${f.tensor === undefined ? '' : `tensor ${f.tensor}: `}${f.problem}`,
  'weights/unknown-format': (f: { source: string; begins: string; formats: readonly string[] }) =>
    `${f.source} is no file of weights: it begins with ${f.begins}. Supported: ${list(f.formats)}`,
  'weights/refused-pickle': (f: { global: string; source?: string }) =>
    `The PyTorch file${f.source ? ` ${f.source}` : ''} asks for ${f.global}, which is refused: only tensors and plain containers are read, and nothing is executed. In Python, save the tensors alone: torch.save(model.state_dict(), path)`,
  'weights/legacy-torch': (f: { source?: string }) =>
    `The PyTorch file${f.source ? ` ${f.source}` : ''} has the format from before version 1.6. In a Python that you trust it with, convert it: torch.save(torch.load(path, map_location='cpu'), path)`,
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
  'weights/unwritable': (f: { tensor: string; problem: string }) =>
    `Tensor ${f.tensor} cannot be written as safetensors: ${f.problem}`,
  'weights/not-numbers': (f: { dims: readonly number[] }) =>
    `A tensor of strings (shape [${f.dims.join(', ')}]) has no float32 form`,
  'weights/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read weights from ${f.source}: ${f.problem}`,

  'backbones/unknown': (f: { backbone: string; known: readonly string[] }) =>
    `There is no backbone ${f.backbone}. Known: ${list(f.known)}`,
  'backbones/unknown-weights': (f: { backbone: string; weights: string; known: readonly string[] }) =>
    `${f.backbone} has no weights named ${f.weights}. Known: ${list(f.known.map((name) => `'${name}'`))}. Or give a safetensors or PyTorch file: its path (./${f.weights} for a file of that name), URL or bytes`,
  'backbones/onnx-model': (f: { backbone: string; source: string }) =>
    `${f.source} is an ONNX model, which brings a network of its own and not the tensors of ${f.backbone}. Load it with loadOnnxBackbone(source)`,
  'backbones/onnx-opset': (f: { source: string; opset: number; needed: number }) =>
    `${f.source} uses operator set ${f.opset}. Operator set ${f.needed} or later is needed: export it again, or convert it (in Python: onnx.version_converter.convert_version(model, 18))`,
  'backbones/not-a-classifier': (f: { problem: string; source?: string }) =>
    `The ONNX model${f.source ? ` ${f.source}` : ''} cannot be made a backbone: ${f.problem}`,
  'backbones/contradiction': (f: { source: string; option: string; received: unknown; stored: unknown }) =>
    `${f.option} must be ${shown(f.stored)}, as ${f.source} says, or left out. Received: ${shown(f.received)}`,
  'backbones/mismatch': (f: Mismatch) => `${f.source} does not fit ${f.backbone}: ${mismatches(f)}`,

  'model/unknown-tensor': (f: { tensor: string; known: readonly string[] }) =>
    `The model has no tensor ${f.tensor}. Its tensors: ${list(f.known)}`,
  'model/shape': (f: { tensor: string; received: string; expected: string }) =>
    `${f.tensor} must be ${f.expected}. Received: ${f.received}`,
  'model/no-head': (f: { architecture: string; problem: string }) =>
    `The head of ${f.architecture} cannot be replaced: ${f.problem}`,
  'model/unknown-class': (f: { class: number | string; problem: string }) =>
    `No class ${f.class} to take the head's weights from: ${f.problem}`,
  'model/no-match': (f: { pattern: string; known: readonly string[] }) =>
    `${f.pattern} matches no parameter of the model. Its parameters: ${list(f.known)}`,
  'model/nothing-to-train': (f: { parameters: number }) =>
    `All ${f.parameters} parameters are frozen. Unfreeze at least one`,
  'model/ungrouped': (f: { parameters: readonly string[]; groups: readonly string[] }) =>
    `No parameter group (${list(f.groups)}) takes ${list(f.parameters)}. Freeze them or widen a pattern`,
  'model/in-two-groups': (f: { parameter: string; groups: readonly string[] }) =>
    `${f.parameter} is in more than one parameter group: ${list(f.groups)}. Narrow a pattern`,

  'dataset/no-directory': (f: { directory: string; problem: 'missing' | 'not a directory' | 'unreadable' }) =>
    `The dataset directory ${f.directory} is ${f.problem}. It must hold one folder of pictures for each class`,
  'dataset/no-class': (f: { directory: string }) =>
    `The dataset directory ${f.directory} holds no folder. It must hold one folder of pictures for each class`,
  'dataset/empty-class': (f: { class: string; directory: string; extensions: readonly string[] }) =>
    `The class ${f.class} has no picture (${f.directory}). Files that count end in ${list(f.extensions)}`,
  'dataset/unsupported-file': (f: { path: string; extensions: readonly string[] }) =>
    `${f.path} is not a picture that can be read: its name must end in ${list(f.extensions)}. Remove it, or pass onError: 'skip'`,

  'dataset/bad-archive': (f: { archive: string; problem: string }) =>
    `The archive ${f.archive} cannot be unpacked: ${f.problem}. Nothing of it was kept`,

  'data/unreadable': (f: { source: string; problem: string }) =>
    `The picture ${f.source} cannot be read: ${f.problem}. Remove it, or pass onError: 'skip' to the loader`,
  'data/too-many-pixels': (f: { source: string; width: number; height: number; limit: number }) =>
    `The picture ${f.source} has ${f.width} x ${f.height} pixels, more than ${f.limit}. Raise maxPixels if you trust it`,
  'data/no-sharp': (_: object) =>
    `decoder is 'sharp', but sharp is not installed. Run npm install sharp, or use 'auto'`,
  'data/no-decoder': (f: { decoder: string; problem: string }) =>
    `The picture decoder ${f.decoder} is installed, but cannot be loaded: ${f.problem}. If too many files are open, use fewer workers or raise the limit (ulimit -n); else install the package again`,
  'data/unequal-shapes': (f: { first: string; firstShape: string; other: string; otherShape: string }) =>
    `A batch needs tensors of one shape [3, height, width], but the transform makes ${f.firstShape} of ${f.first} ` +
    `and ${f.otherShape} of ${f.other}. ` +
    'Let it end in a fixed size and toTensor(): randomResizedCrop(224), or resize(256) and centerCrop(224)',
  'data/too-many-files': (f: { what: string }) =>
    `${f.what} cannot be opened: this process or the system has too many files open. Close files that are not needed, use fewer workers, or raise the limit (ulimit -n)`,
  'data/worker-failed': (f: { problem: string; source?: string }) =>
    `A loading worker died${f.source === undefined ? '' : `, while it prepared ${f.source}`}, and so did those in its place: ${f.problem}`,
  'train/classes': (f: { option: string; dataset: readonly string[]; model: readonly string[] }) =>
    `${f.option} must have the classes of the model, in its order: ${list(f.model)}. Received: ${list(f.dataset)}`,
  'train/unmatched-parameters': (f: { missing: readonly string[]; surplus: readonly string[] }) =>
    `The optimizer must update exactly the trainable parameters. ${[
      f.missing.length > 0 && `Not in any group: ${list(f.missing)}.`,
      f.surplus.length > 0 && `Frozen or unknown: ${list(f.surplus)}.`,
    ]
      .filter(Boolean)
      .join(' ')} Make the groups after freezing, with paramGroups(model, ...)`,
  'train/already-started': (_: object) => 'A run can be iterated once. Call fineTune again for another run',
  'train/features-not-kept': (f: { file: string; problem: string }) =>
    `Features cannot be kept in ${f.file}: ${f.problem}. Mend that, name another cacheFeatures.directory, or leave it out`,
  'train/no-checkpoint': (f: { file: string; problem: string }) =>
    `There is no checkpoint to go on from in ${f.file}: ${f.problem}`,
  'train/checkpoints-there': (f: { directory: string }) =>
    `${f.directory} holds the checkpoints of a run. Go on with it (resume: 'auto'), or name another checkpoint.directory`,
  'train/checkpoints-in-use': (f: { directory: string; heldBy: string }) =>
    `${f.directory} takes the checkpoints of another run, that of ${f.heldBy}. End that one, or name another checkpoint.directory`,
  'train/checkpoint-differs': (f: { file: string; differences: readonly string[] }) =>
    `The checkpoint ${f.file} is of another run. What differs: ${f.differences.join('; ')}`,
  'train/checkpoint-not-kept': (f: { file: string; problem: string }) =>
    `The checkpoint ${f.file} cannot be written: ${f.problem}. Those before it are whole. Mend that, or name another checkpoint.directory`,
  'train/no-pictures': (f: { option: 'train' | 'validation'; skipped: number; first: string }) =>
    `No picture of ${f.option} is left for an epoch: ${f.skipped} cannot be read. ${f.first}`,
  'train/diverged': (f: {
    epoch: number
    step: number
    loss?: number | undefined
    tensor: string
    learningRates: Readonly<Record<string, number>>
    rateFactor?: number
  }) =>
    `Step ${f.step} of epoch ${f.epoch} is undone: ${f.tensor} is the first tensor in it that is not finite${f.loss === undefined ? '' : `, the loss is ${f.loss}`}. ${f.rateFactor === undefined ? divergenceAdvice(f.learningRates) : `Learning rates are multiplied by ${f.rateFactor} from here on`}`,

  'train/memory': (f: MemoryFacts) =>
    `A run with batches of ${f.batchSize} pictures is estimated to need ${gigabytes(f.needed)} of memory, and ${gigabytes(f.available ?? 0)} are free. ${lessMemory(f)}`,
  'train/out-of-memory': (f: MemoryFacts & { problem: string }) =>
    `There is not enough memory for batches of ${f.batchSize} pictures, with which a run is estimated to need ${gigabytes(f.needed)}: ${f.problem}. The model has the weights of the last step that could be had. ${lessMemory(f)}`,

  'data/closed': (_: object) => 'The loader is closed. Make a new one',

  'deploy/logits-differ': (f: { precision: string; difference: number; allowed: number }) =>
    `The logits of the exported ${f.precision} file differ from the model's by ${f.difference.toPrecision(2)} of the largest, allowed is ${f.allowed}. Nothing was written. ${f.precision === 'float16' ? "Use precision: 'float32'" : 'Check the weights: are all of them numbers?'}`,
  'deploy/float16-range': (f: { tensor: string; value: number }) =>
    `${f.tensor} holds ${f.value}, and float16 ends at 65504. Use precision: 'float32'`,
  'deploy/inexpressible-transform': (f: { transform: string; problem: string }) =>
    `The model was validated with the transform ${f.transform}, which the metadata of an exported classifier cannot say: ${f.problem}. It can say resize, centerCrop, toTensor and normalize, in this order, and grayscale before or after resize. Pass ignoreTransforms: true to export all the same, and apply that transform before every classification`,
  'deploy/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write ${f.path}: ${f.problem}. What was there is as it was`,
  'deploy/unreadable': (f: { source: string; problem: string }) =>
    `Cannot read a classifier from ${f.source}: ${f.problem}`,
  'deploy/not-a-classifier': (f: { source: string; missing: readonly string[] }) =>
    `${f.source} is no classifier that exportClassifier made: it has no ${list(f.missing)}`,
  'deploy/bad-metadata': (f: { source: string; key: string; problem: string; received: string }) =>
    `The metadata entry ${f.key} of ${f.source} cannot be used: ${f.problem}. Received: ${f.received.slice(0, 200)}`,
  'deploy/unreadable-picture': (f: { picture: string; problem: string }) =>
    `Cannot classify the picture ${f.picture}: ${f.problem}`,
  'deploy/released': (_: object) => 'The classifier is released. Load it again',

  'report/cannot-write': (f: { path: string; problem: string }) =>
    `Cannot write ${f.path}: ${f.problem}. What was there is as it was`,

  'progress/no-result': (_: object) =>
    "The run ended without its last event, of type 'done'. Pass the run that fineTune returns, not yet iterated",

  'cli/unknown-command': (f: { command: string; known: readonly string[]; nearest: string | undefined }) =>
    `There is no command ${f.command}. ${f.nearest ? `Did you mean ${f.nearest}? ` : ''}Commands: ${list(f.known, 20)}`,
  'cli/unknown-option': (f: { option: string; command: string; nearest: string | undefined }) =>
    `${f.option} is no option of ${f.command}. ${f.nearest ? `Did you mean ${f.nearest}? ` : ''}onnx-finetune ${f.command} --help lists them`,
  'cli/bad-option': (f: { option: string; received: unknown; expected: string }) =>
    `${f.option} must be ${f.expected}. Received: ${f.received === undefined ? 'nothing' : shown(f.received)}`,
  'cli/arguments': (f: { command: string; problem: string }) =>
    `${f.command}: ${f.problem}. onnx-finetune ${f.command} --help shows how it is used`,
  'cli/bad-config': (f: { file: string; line?: number; problem: string }) =>
    `${f.file}${f.line === undefined ? '' : `:${f.line}`}: ${f.problem}`,
} as const satisfies Record<string, (facts: never) => string>

export type ErrorCode = keyof typeof messages
export type ErrorFacts<C extends ErrorCode> = Parameters<(typeof messages)[C]>[0]

/** The only error class of this library. `code` says which error it is, `facts` what it is about. */
export class FineTuneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'FineTuneError'
  readonly code: C
  readonly facts: ErrorFacts<C>

  constructor(code: C, facts: ErrorFacts<C>, options?: { cause?: unknown }) {
    super(textOf(code, facts), options)
    this.code = code
    this.facts = facts
  }
}

/** Characters of a message: a name in a file may be as long as the file. */
const LONGEST = 2500

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text)

/** @throws FineTuneError 'options/invalid' for a code that is none, and for facts that are another code's */
function textOf<C extends ErrorCode>(code: C, facts: ErrorFacts<C>): string {
  const option = 'FineTuneError'
  if (typeof code !== 'string' || !Object.hasOwn(messages, code))
    throw new FineTuneError('options/invalid', { option: `${option}: code`, received: code, expected: 'an ErrorCode' })
  try {
    const text = (messages[code] as (facts: ErrorFacts<C>) => string)(facts)
    // What is cut may become longer where characters are escaped.
    return cut(printable(cut(text)))
  } catch (cause) {
    const invalid = { option: `${option}: facts`, received: facts, expected: `the facts of ${code}` }
    throw new FineTuneError('options/invalid', invalid, { cause })
  }
}

/** Whether `error` is ours, and, if a code is given, that one: narrows `error.facts`. */
export function isFineTuneError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is FineTuneError<C> {
  try {
    return error instanceof FineTuneError && (code === undefined || error.code === code)
  } catch {
    return false // a proxy that throws
  }
}

/** An error as plain data that survives a message between threads; `errorFromPlain` makes it an error again. */
export interface PlainError {
  readonly code?: ErrorCode
  readonly facts?: unknown
  readonly message: string
  readonly stack?: string
  readonly cause?: PlainError
}

export function errorToPlain(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: String(error) }
  return {
    message: error.message,
    ...(error instanceof FineTuneError && { code: error.code, facts: error.facts }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: errorToPlain(error.cause) }),
  }
}

export function errorFromPlain(plain: PlainError): Error {
  const options = plain.cause ? { cause: errorFromPlain(plain.cause) } : undefined
  const error =
    plain.code === undefined
      ? new Error(plain.message, options)
      : new FineTuneError(plain.code, plain.facts as ErrorFacts<ErrorCode>, options)
  if (plain.stack) error.stack = plain.stack
  return error
}

const divergenceAdvice = (learningRates: Readonly<Record<string, number>>): string => {
  const rates = Object.entries(learningRates).map(([name, rate]) => `${name} ${rate}`)
  return `Lower the learning rates (${list(rates)}), clip the gradients, or check the pictures and weights. A rate for a summed loss is that of a mean loss divided by the batch size`
}

function mismatches(f: Mismatch): string {
  const parts = [
    f.missing.length && `${f.missing.length} missing (${list(f.missing)})`,
    f.misshapen.length &&
      `${f.misshapen.length} misshapen (${list(f.misshapen.map((m) => `${m.tensor}: ${m.received} where ${m.expected} is expected`))})`,
    f.unexpected.length && `${f.unexpected.length} unexpected (${list(f.unexpected)})`,
  ]
  return parts.filter(Boolean).join('; ')
}

const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

const lessMemory = ({ instead }: MemoryFacts): string =>
  `${instead ? `Pass batchSize: ${instead.batchSize} with accumulate: ${instead.accumulate}, whose steps are over as many pictures; or freeze` : 'Freeze'} layers (freeze(model, { upTo: 'layer3' })), take images of fewer pixels, or a smaller cacheBytes`
