import { errorsOf, list } from '../errors.js'
import { shown } from '../shown.js'

const texts = {
  'cli/unknown-command': (f: { command: string; known: readonly string[]; nearest: string | undefined }) =>
    `There is no command ${f.command}. ${f.nearest ? `Did you mean ${f.nearest}? ` : ''}Commands: ${list(f.known, 20)}`,
  'cli/unknown-option': (f: { option: string; command: string; nearest: string | undefined }) =>
    `${f.option} is no option of ${f.command}. ${f.nearest ? `Did you mean ${f.nearest}? ` : ''}onnx-finetune ${f.command} --help lists them`,
  'cli/bad-option': (f: { option: string; received: unknown; expected: string }) =>
    `${f.option} must be ${f.expected}. Received: ${f.received === undefined ? 'nothing' : shown(f.received)}`,
  'cli/arguments': (f: { command: string; problem: string }) =>
    `${f.command}: ${f.problem}. onnx-finetune ${f.command} --help shows how it is used`,
  'cli/bad-config': (f: { file: string; line?: number; problem: string }) =>
    `${f.file}${f.line === undefined ? '' : `:${f.line}`}: ${f.problem}`,
}

type CliErrors = typeof texts

declare module '../errors.js' {
  interface ErrorTexts extends CliErrors {}
}

/** The factory of the errors of the command line. */
export const cliError = /* @__PURE__ */ errorsOf(texts)
