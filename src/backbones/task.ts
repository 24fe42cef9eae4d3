export const TASKS = ['classification', 'multiLabel', 'regression'] as const

/**
 * The task of a model, which says what its outputs are: one class of each image (`classification`, softmax), any number
 * of labels (`multiLabel`, a sigmoid for each), or numbers (`regression`, the outputs themselves).
 */
export type Task = (typeof TASKS)[number]
