/** The initial values of a tensor that no file provides. */
export type Init =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'normal'; readonly std: number }
  | { readonly type: 'uniform'; readonly bound: number }
  /** Each element itself: of a buffer that is computed. */
  | { readonly type: 'values'; readonly values: readonly number[] }

/** The numbers of inputs of an output and of outputs of an input, as torch counts them: groups divide only `fanIn`. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/** An initialisation, by its name in `torch.nn.init` or as its formula. */
export type InitRule = (fans: Fans) => Init

export const constant = (value: number): Init => ({ type: 'constant', value })
export const zeros: InitRule = () => constant(0)
export const normal: InitRule = () => ({ type: 'normal', std: 0.01 })

/** `trunc_normal_(std=0.02)`, which torchvision truncates at 100 deviations: not at all. */
export const truncatedNormal: Init = { type: 'normal', std: 0.02 }

/** `kaiming_normal_(mode='fan_out')`. */
export const kaimingFanOut: InitRule = ({ fanOut }) => ({ type: 'normal', std: Math.sqrt(2 / fanOut) })
/** `kaiming_normal_()`. */
export const kaimingFanIn: InitRule = ({ fanIn }) => ({ type: 'normal', std: Math.sqrt(2 / fanIn) })
/** `kaiming_uniform_()`. */
export const kaimingUniform: InitRule = ({ fanIn }) => ({ type: 'uniform', bound: Math.sqrt(6 / fanIn) })
/** Uniform within 1 / sqrt(fan in): what torch's own layers start from, weight and bias. */
export const inFanIn: InitRule = ({ fanIn }) => ({ type: 'uniform', bound: 1 / Math.sqrt(fanIn) })
/** Uniform within 1 / sqrt(fan out). */
export const inFanOut: InitRule = ({ fanOut }) => ({ type: 'uniform', bound: 1 / Math.sqrt(fanOut) })
