/**
 * The tables of the official checkpoint file: fields by their number in ONNX Runtime's ort_training_checkpoint.fbs and
 * ort.fbs. A file carries the identifier ODTC and the version 2, which is the only one that its reader accepts.
 */
export const IDENTIFIER = 'ODTC'
export const VERSION = 2

export const CHECKPOINT = { version: 0, moduleState: 1, optimizerGroups: 2, propertyBag: 3 } as const
export const MODULE_STATE = { requiresGrad: 0, frozen: 1, isNominal: 2, hasExternalData: 3 } as const
export const TENSOR = { name: 0, docString: 1, dims: 2, dataType: 3, rawData: 4, stringData: 5 } as const
export const OPTIMIZER_GROUP = { name: 0, step: 1, initialLearningRate: 2, states: 3 } as const
export const PARAMETER_STATE = { parameter: 0, momentums: 1 } as const
export const PROPERTY_BAG = { ints: 0, floats: 1, strings: 2 } as const
export const PROPERTY = { name: 0, value: 1 } as const
