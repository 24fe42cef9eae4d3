// Claims a directory and keeps it: node claimer.js DIRECTORY PLATFORM. Says what came of it.
import { claimDirectory } from '../../dist/platform/node/claim.js'

const claim = await claimDirectory(...process.argv.slice(2))
process.stdout.write(`${'heldBy' in claim ? claim.heldBy : 'claimed'}\n`)
if (!('heldBy' in claim)) setTimeout(() => {}, 60_000)
