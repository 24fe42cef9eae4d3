/** The reason why a tar archive cannot be read. */
export class TarError extends Error {}
