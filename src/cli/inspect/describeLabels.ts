import { findLabelIssues, type ImageDataset, loadBackbone, openProject } from '../../index.js'
import { ImageFolder } from '../../node.js'
import { splitFolders } from '../files/imageFolders.js'
import { isProject } from '../files/projects.js'
import { loadNetwork, USUAL } from '../files/savedNetwork.js'
import { percent, plural } from '../terminal/format.js'
import type { Output } from '../terminal/Output.js'
import type { Description } from './Description.js'

/** Describes the images of a folder whose labels are likely wrong, the worst first. */
export async function describeLabels(
  path: string,
  weights: string,
  out: Output,
  signal: AbortSignal,
): Promise<Description> {
  const dataset = await imagesOf(path)
  const isName = /^\w+$/.test(weights)
  const backbone = isName ? await loadBackbone(USUAL, { weights, signal }) : await loadNetwork(weights, { signal })
  const found = await findLabelIssues(backbone, dataset, {
    onError: 'skip',
    signal,
    onProgress: ({ done, images }) => out.status(`looking at image ${done} of ${images}`),
  })
  const issues = found.map((issue) => ({
    ...issue,
    given: dataset.classes[issue.given]!,
    suggested: dataset.classes[issue.suggested]!,
  }))
  return {
    data: { kind: 'labels', path, images: dataset.samples.length, issues },
    title: `${path}: ${plural(issues.length, 'label')} of ${plural(dataset.samples.length, 'image')} likely wrong`,
    sections: [
      [
        'labels, the worst first',
        {
          rows: issues.map(({ source, given, suggested, suggestedConfidence }) => [
            source,
            `${given} may be ${suggested}`,
            percent(suggestedConfidence),
          ]),
        },
      ],
    ],
  }
}

async function imagesOf(path: string): Promise<ImageDataset> {
  if (isProject(path)) return (await openProject(path)).dataset
  return ImageFolder((await splitFolders(path)).train, { onError: 'skip' })
}
