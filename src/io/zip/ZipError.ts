/** What is wrong with a zip file, in words. The reader of the format around it says which file that is. */
export class ZipError extends Error {}
