import { execFile } from 'node:child_process'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { moduleOf, nameOf, type Program } from './programs.js'
import { tinyFiles } from './tinyFiles.js'

/**
 * Runs programs, one after another in one process, each in a folder of its own with the files of `tinyFiles`. The package
 * is found by its name, as where it is installed.
 *
 * @param directory an empty one
 * @param given the module that has what programs take for granted
 * @returns what went wrong: `docs/export.md:7: Error ...`
 */
export async function runPrograms(
  programs: readonly Program[],
  directory: string,
  given = 'test/docs/support/given.ts',
): Promise<string[]> {
  await mkdir(join(directory, 'node_modules'))
  await symlink(resolve('.'), join(directory, 'node_modules', 'onnx-finetune'), 'junction')
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  await writeFile(join(directory, 'runner.js'), RUNNER)
  await tinyFiles(join(directory, 'files'))
  const givenModule = javaScript(await readFile(given, 'utf8'))
  for (const [i, program] of programs.entries()) {
    const place = join(directory, String(i))
    await cp(join(directory, 'files'), place, { recursive: true })
    await writeFile(join(place, 'given.js'), givenModule)
    await writeFile(join(place, 'program.js'), quick(javaScript(moduleOf(program).code)))
  }
  const places = programs.map((_, i) => String(i))
  await promisify(execFile)(process.execPath, ['runner.js', ...places], { cwd: directory, timeout: 280_000 })
  const outcomes = JSON.parse(await readFile(join(directory, 'outcomes.json'), 'utf8')) as (string | null)[]
  return outcomes.flatMap((problem, i) => (problem === null ? [] : [`${nameOf(programs[i]!)}: ${problem}`]))
}

const RUNNER = `
import { writeFileSync } from 'node:fs'
const home = process.cwd()
const outcomes = []
for (const place of process.argv.slice(2)) {
  process.chdir(home + '/' + place)
  const program = import('./' + place + '/program.js')
  outcomes.push(await program.then(() => null, (error) => String(error?.stack ?? error)))
}
writeFileSync(home + '/outcomes.json', JSON.stringify(outcomes))
process.exit()
`

const javaScript = (code: string): string =>
  ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } })
    .outputText

/**
 * What the pages leave to others, done quickly: instead of a pretrained ResNet a narrow one with random weights and small
 * images, two epochs at most, no loading workers.
 */
const quick = (code: string): string =>
  code
    .replaceAll(
      /loadBackbone\('resnet\d+', \{\s*weights: '[^']*'/g,
      "loadBackbone('resnet18', { weights: 'none', width: 8, imageSize: 32",
    )
    .replaceAll(/epochs: ([2-9]|\d\d+)\b/g, 'epochs: 2')
    .replaceAll('fineTune(model, {', 'fineTune(model, { workers: 0,')
