import { resolve } from 'node:path'
import ts from 'typescript'
import { moduleOf, nameOf, type Program } from './programs.js'

/** Type errors of programs, all checked as one: `docs/export.md:7: ...`. */
export function checkPrograms(programs: readonly Program[]): string[] {
  const modules = new Map(programs.map((program) => [fileOf(program), { page: program.page, ...moduleOf(program) }]))
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => modules.has(file) || fileExists(file)
  host.readFile = (file) => modules.get(file)?.code ?? readFile(file)
  host.getSourceFile = (file, target, ...rest) => {
    const code = modules.get(file)?.code
    if (code === undefined) return getSourceFile(file, target, ...rest)
    return ts.createSourceFile(file, code, target)
  }
  const whole = ts.createProgram([...modules.keys()], options, host)
  return [...modules].flatMap(([file, { page, lines }]) => {
    const source = whole.getSourceFile(file)
    const found = [...whole.getSyntacticDiagnostics(source), ...whole.getSemanticDiagnostics(source)]
    return found.map(({ start = 0, messageText }) => {
      const { line } = source!.getLineAndCharacterOfPosition(start)
      return `${page}:${lines[line]}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
  })
}

/** A file that is not there, beside given.ts. */
const fileOf = (program: Program): string =>
  resolve('test/docs/support', `${nameOf(program).replaceAll(/[^\w.-]/g, '_')}.ts`).replaceAll('\\', '/')

/** Those of the examples, which import the package by its name. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile('examples/tsconfig.json', ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, resolve('examples'))
  return { ...options, rootDir: resolve('.'), types: ['node'], noEmit: true, incremental: false }
}
