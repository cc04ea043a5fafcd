import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** Writes pieces of text to a file, at the speed of the disk. */
export async function writeFileOf(path: string, pieces: AsyncIterable<string | Buffer>): Promise<void> {
  const out = createWriteStream(path);
  for await (const piece of pieces) if (!out.write(piece)) await once(out, 'drain');
  out.end();
  await once(out, 'close');
}
