/** Slope of a HardSigmoid, max(0, min(1, slope * x)), that is a step: 1 where x > 0, else 0. The largest power of ten in float32. */
export const HUGE_SLOPE = 1e38
