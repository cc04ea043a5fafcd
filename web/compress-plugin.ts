import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|svg|geojson)$/;
/** Below this a compressed copy saves nothing worth a file. */
const BYTES_MIN = 1_024;
const QUALITY = 9;

/**
 * Puts a `.br` and a `.gz` copy beside every built file, so that the server sends them without work of its own.
 * Works on the files as written: other plugins still change chunks after they were generated.
 */
export function compressPlugin(): Plugin {
  return {
    name: 'tongan-compress',
    apply: 'build',
    writeBundle({ dir = '' }, bundle) {
      for (const fileName of Object.keys(bundle)) {
        if (!TEXT.test(fileName)) continue;
        const file = join(dir, fileName);
        const source = readFileSync(file);
        if (source.length < BYTES_MIN) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: QUALITY };
        writeFileSync(`${file}.br`, brotliCompressSync(source, { params }));
        writeFileSync(`${file}.gz`, gzipSync(source, { level: QUALITY }));
      }
    },
  };
}
