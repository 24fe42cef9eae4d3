import { errorsOf } from '../errors.js'

const texts = {
  'training/no-model': (f: { model: 'evalModel' | 'optimizerModel'; call: string }) =>
    `${f.call} needs the ${f.model}. Pass it to TrainingSession.create`,
  'training/unnamed-output': (f: { loss: string; op: string }) =>
    `The loss ${f.loss} is made by ${f.op}, which does not tell what the model's result is. Name it: exportInferenceModel(['logits'])`,
}

type OrtTrainingErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends OrtTrainingErrors {}
}

/** The factory of the errors of this room. */
export const ortTrainingError = /* @__PURE__ */ errorsOf(texts)
