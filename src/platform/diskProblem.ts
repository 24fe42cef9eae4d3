/** Advice about an error of a file system, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free space on it',
  EDQUOT: 'the quota is used up: free space, or ask for more',
  EACCES: "permission is missing: change the directory's permissions",
  EPERM: "permission is missing: change the directory's permissions",
  EROFS: 'the disk is mounted read-only: mount it for writing',
  EIO: 'the device failed: check the disk and its connection',
  EMFILE: 'this process has too many files open: raise its limit (ulimit -n)',
  ENFILE: 'the system has too many files open: end other programs',
  ENOENT: 'the directory is missing: make it',
}

/** Tells whether an error is one of a file system: it has a code and a system call. */
export const isDiskError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error

/** Describes the problem with a file, and advice, for the fields of an error. */
export function diskProblem(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const advice = ADVICE[(cause as { code?: string }).code ?? '']
  return advice ? `${cause.message} (${advice})` : cause.message
}
