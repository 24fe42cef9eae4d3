import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands/register.js'
import { run } from './support.js'

const page = readFileSync('docs/cli.md', 'utf8')

test.each(commands.map(({ name }) => name))('the page shows what %s --help says', async (name) => {
  const { stdout } = await run([name, '--help'])
  expect(page).toContain(`\`\`\`text\n${stdout}\`\`\``)
})
