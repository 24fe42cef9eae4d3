/** A defect of a zip file, in words. The reader of the format around it names the file. */
export class ZipError extends Error {}
