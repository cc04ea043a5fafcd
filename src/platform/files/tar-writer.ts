const BLOCK = 512;
const SIZE_MAX = 0o77777777777;

/** One file of an archive. */
export interface TarFile {
  /** At most 100 bytes. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** Writes plain files as a tar archive (POSIX ustar), one after the other. */
export async function* writeTar(files: AsyncIterable<TarFile>): AsyncGenerator<Uint8Array> {
  for await (const { name, content } of files) {
    yield headerOf(name, content.byteLength);
    yield content;
    yield Buffer.alloc((BLOCK - (content.byteLength % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

function headerOf(name: string, bytes: number): Buffer {
  if (Buffer.byteLength(name) > 100 || bytes > SIZE_MAX) throw new Error(`cannot be put into a tar archive: ${name}`);
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(`${octal(0o600, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0${octal(bytes, 11)}\0${octal(0, 11)}\0`, 100);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}
