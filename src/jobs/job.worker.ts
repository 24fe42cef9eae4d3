import { jobKinds } from './register.js'
import { serveJobs } from './serveJobs.node.js'

serveJobs(jobKinds)
