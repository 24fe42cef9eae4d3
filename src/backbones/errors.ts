import { errorsOf, list } from '../errors.js'
import { shown } from '../shown.js'

interface Mismatch {
  readonly backbone: string
  readonly source: string
  readonly missing: readonly string[]
  readonly misshapen: readonly { readonly tensor: string; readonly received: string; readonly expected: string }[]
  readonly unexpected: readonly string[]
}

const texts = {
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
  'backbones/width': (f: { backbone: string; received: number; step: number | undefined; only: number }) =>
    `${f.backbone} has no width ${f.received}. Allowed: ${f.step === undefined ? `${f.only} alone` : `multiples of ${f.step}, such as its own ${f.only}`}`,
  'backbones/image-size': (f: { backbone: string; received: number; least: number; patch: number }) =>
    f.received < f.least
      ? `Nothing is left of an image of ${f.received} pixels in ${f.backbone}. imageSize must be at least ${f.least}`
      : `${f.backbone} divides an image into patches of ${f.patch} pixels. imageSize must be a multiple of ${f.patch}. Received: ${f.received}`,
  'backbones/mismatch': (f: Mismatch) => `${f.source} does not fit ${f.backbone}: ${mismatches(f)}`,
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

type BackboneErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends BackboneErrors {}
}

/** The factory of the errors of this room. */
export const backboneError = /* @__PURE__ */ errorsOf(texts)
