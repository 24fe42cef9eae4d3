// The process of jobs that do nothing, for cluster.js.
import * as z from 'zod'
import { serveJobs } from '../dist/jobs/serveJobs.node.js'

serveJobs({ nothing: { input: z.object({ job: z.number() }), run: async ({ job }) => ({ job }) } })
