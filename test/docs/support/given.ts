/** What blocks of the pages may take for granted (`given=`), made anew for each program, of tiny images and networks. */
import { type FineTuneRun, fineTune, loadBackbone, paramGroups, replaceHead, sgd } from 'onnx-finetune'
import { ImageFolder } from 'onnx-finetune/node'

export const train = await ImageFolder('hotdog/train')
export const validation = await ImageFolder('hotdog/test')
export const backbone = await loadBackbone('resnet18', { weights: 'none', imageSize: 32, width: 8 })
export const model = replaceHead(backbone, { classes: train.classes })
export const groups = paramGroups(model, { lr: 1e-3 })

/** A run that has not begun. */
export const run: FineTuneRun = fineTune(model, { train, validation, epochs: 1, batchSize: 4, optimizer: sgd(groups) })
