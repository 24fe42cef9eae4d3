import type { Command } from '../options/Command.js'
import { completionOf } from './completion.js'
import { evaluate } from './evaluate.js'
import { exportCommand } from './export.js'
import { inspect } from './inspect.js'
import { lrFind } from './lrFind.js'
import { models } from './models.js'
import { predict } from './predict.js'
import { preview } from './preview.js'
import { progress } from './progress.js'
import { resume } from './resume.js'
import { sweep } from './sweep.js'
import { train } from './train.js'
import { worker } from './worker.js'

/** The subcommands, in the order of the help. To add one, add a file and a line. */
export const commands: readonly Command[] = [
  train,
  resume,
  lrFind,
  evaluate,
  predict,
  exportCommand,
  preview,
  inspect,
  models,
  progress,
  sweep,
  worker,
  completionOf(() => commands),
]
