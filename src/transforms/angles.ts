const RADIANS = Math.PI / 180
const DEGREES = 180 / Math.PI

/** Converts degrees to radians, rounded as Python's `math.radians`. */
export const radians = (degrees: number): number => degrees * RADIANS

/** Converts radians to degrees, rounded as Python's `math.degrees`. */
export const degrees = (radians: number): number => radians * DEGREES
