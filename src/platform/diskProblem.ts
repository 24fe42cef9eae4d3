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

/** Advice about an error of a browser's storage, by its name. */
const ADVICE_IN_PAGES: Readonly<Record<string, string>> = {
  QuotaExceededError:
    "the browser gives this site no more space: keep fewer checkpoints, remove the site's data, or ask for more by navigator.storage.persist()",
  SecurityError: 'the browser refuses storage: allow it for this site, and leave private windows',
}

/** Tells whether an error is one of a file system: it has a code and a system call. */
export const isDiskError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error

/** Describes the problem with a file, and advice, for the fields of an error. */
export function diskProblem(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const advice = ADVICE[(cause as { code?: string }).code ?? ''] ?? ADVICE_IN_PAGES[cause.name]
  return advice ? `${cause.message} (${advice})` : cause.message
}
