/** Probability of at least one half, by entropy in 255ths of a bit. */
const upper = Float32Array.from({ length: 256 }, (_, u) => {
  let [low, high] = [0.5, 1];
  for (let round = 0; round < 24; round++) {
    const p = (low + high) / 2;
    const bits = p >= 1 ? 0 : -(p * Math.log2(p) + (1 - p) * Math.log2(1 - p));
    if (bits > u / 255) low = p;
    else high = p;
  }
  return (low + high) / 2;
});

/**
 * What a model said of each voxel, from what is kept of its proposal: where the structure is proposed it is the larger
 * of the two probabilities with this entropy, elsewhere the smaller.
 * @param proposed 0 or 1. @param uncertainty entropy, 0 certain to 255 for one bit. @returns 0 to 1
 */
export function probabilityOf(proposed: Uint8Array, uncertainty: Uint8Array): Float32Array {
  return Float32Array.from(proposed, (inside, v) =>
    inside === 1 ? upper[uncertainty[v]] : 1 - upper[uncertainty[v]],
  );
}
