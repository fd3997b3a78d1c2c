/** Hertz; what the embedding models listen to, and what `decoder/mono.c` makes. */
export const SAMPLE_RATE_HZ = 16_000;
