import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { loadWeights, readCheckpoint } from '../../index.js'
import { cliError } from '../errors.js'
import { isDirectory, splitFolders } from '../files/imageFolders.js'
import { isProject } from '../files/projects.js'
import type { Output } from '../terminal/Output.js'
import type { Description } from './Description.js'
import { describeArtifacts, describeCheckpoint } from './describeArtifacts.js'
import { describeImages } from './describeImages.js'
import { describeOnnx } from './describeOnnx.js'
import { describeProject } from './describeProject.js'
import { describeWeights } from './describeWeights.js'

/**
 * Describes the file or directory of a path. The content decides, not the name; a directory with train/ and test/ has a
 * description of each.
 */
export async function describe(path: string, out: Output, signal: AbortSignal): Promise<Description[]> {
  if (!(await exists(path))) throw cliError('cli/arguments', { command: 'inspect', problem: `there is no ${path}` })
  if (isProject(path)) return [await describeProject(path)]
  if (!(await isDirectory(path))) return [await describeFile(path, signal)]
  if (await exists(join(path, 'training_model.onnx'))) return [await describeArtifacts(path, signal)]
  return describeImages(await splitFolders(path), out, signal)
}

async function describeFile(path: string, signal: AbortSignal): Promise<Description> {
  const bytes = new Uint8Array(await readFile(path, { signal }))
  if (isCheckpoint(bytes)) return describeCheckpoint(path, readCheckpoint(bytes))
  const weights = await loadWeights(path, signal)
  return weights.format === 'ONNX' ? describeOnnx(path, bytes) : describeWeights(path, bytes.length, weights)
}

/** Tells whether a file has the identifier of an official flatbuffers checkpoint. */
const isCheckpoint = (bytes: Uint8Array): boolean => new TextDecoder('latin1').decode(bytes.subarray(4, 8)) === 'ODTC'

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )
