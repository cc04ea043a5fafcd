import { createReadStream, readdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import { everyday } from '#app/demo/background.ts';
import { seededChance } from '#app/demo/random.ts';
import { importFile } from '#domain/telemetry/index.ts';
import { writeFileOf } from './lines.ts';

function filesBelow(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Writes the events of a file, an archive or a folder of them as lines, at most `max`. @returns how many */
async function writeRecorded(path: string, target: string, max: number): Promise<number> {
  const out = await open(target, 'w');
  let count = 0;
  for (const file of filesBelow(path)) {
    if (count >= max) break;
    // A recording that is damaged gives what stands before the damage.
    await importFile(file, file, async ({ lines }) => {
      const taken = lines.slice(0, max - count);
      count += taken.length;
      await out.write(Buffer.concat(taken.flatMap((line) => [line, Buffer.from('\n')])));
    }).catch(() => undefined);
  }
  await out.close();
  return count;
}

async function writeInvented(target: string, count: number): Promise<number> {
  const chance = seededChance(7);
  const start = Date.now() - count * 10;
  await writeFileOf(
    target,
    (async function* () {
      for (let index = 0; index < count; index += 1) {
        yield `${everyday(new Date(start + index * 10), 1, chance)[0]?.text ?? ''}\n`;
      }
    })(),
  );
  return count;
}

const INVENTED = 100_000;

/** The lines to send, in a file. @param recorded where recordings lie; undefined: invented everyday events */
export const writeEvents = (recorded: string | undefined, target: string, max: number): Promise<number> =>
  recorded === undefined ? writeInvented(target, Math.min(max, INVENTED)) : writeRecorded(recorded, target, max);

/** Bytes of the file after `zstd -3`. */
export async function zstd3Bytes(path: string): Promise<number> {
  let bytes = 0;
  const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  await pipeline(createReadStream(path), compress, async (chunks) => {
    for await (const chunk of chunks) bytes += chunk.length;
  });
  return bytes;
}
