const words = new DataView(new ArrayBuffer(8));

/**
 * A 64-bit hash of a text, signed as PostgreSQL's `bigint`: two lanes of 32 bits with a final mix (MurmurHash3's).
 * Stored with observations: it must never change.
 */
export function hash64(text: string): bigint {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b);
    high = (high << 13) | (high >>> 19);
  }
  words.setInt32(4, mix(high), true);
  words.setInt32(0, mix(low ^ high), true);
  return words.getBigInt64(0, true);
}

function mix(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
