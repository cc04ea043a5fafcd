import { fromBuffer, type ZipFile } from 'yauzl';

/** Bounds of what a zip file may unpack to. What it declares is no proof: bytes are counted as they come. */
export const ARCHIVE_LIMITS = { entriesMax: 20_000, bytesMax: 400 * 1024 * 1024 } as const;

export type ArchiveFault = 'not_zip' | 'too_many_entries' | 'unpacks_too_large' | 'encrypted' | 'damaged';

export class ArchiveError extends Error {
  readonly fault: ArchiveFault;
  constructor(fault: ArchiveFault) {
    super(fault);
    this.name = 'ArchiveError';
    this.fault = fault;
  }
}

export interface Unpacked {
  readonly name: string;
  readonly bytes: Buffer;
}

interface UnpackOptions {
  readonly bytesMax?: number;
  readonly damaged?: (name: string) => void;
}

const openZip = (bytes: Buffer): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true, decodeStrings: false }, (error, zip) =>
      error ? reject(new ArchiveError('not_zip')) : resolve(zip),
    );
  });

const nameOf = (raw: Buffer): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    return new TextDecoder('gb18030').decode(raw);
  }
};

/**
 * Unpacks the entries whose names are wanted, into memory: nothing is written, so a name can lead nowhere.
 *
 * @param bytesMax that the entries may unpack to together
 * @param damaged told of an entry that cannot be unpacked, and the others are; without it none is
 * @throws ArchiveError for what is no zip, is damaged or encrypted, or unpacks to more than the bounds
 */
export async function unpack(
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
  { bytesMax = ARCHIVE_LIMITS.bytesMax, damaged }: UnpackOptions = {},
): Promise<Unpacked[]> {
  const zip = await openZip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (zip.entryCount > ARCHIVE_LIMITS.entriesMax) throw new ArchiveError('too_many_entries');
  const found: Unpacked[] = [];
  let left: number = bytesMax;
  return new Promise((resolve, reject) => {
    const fail = (fault: ArchiveFault) => {
      zip.close();
      reject(new ArchiveError(fault));
    };
    zip.on('error', () => fail('damaged'));
    zip.on('end', () => resolve(found));
    zip.on('entry', (entry) => {
      const name = nameOf(Buffer.from(entry.fileName));
      if (name.endsWith('/') || !wanted(name)) return zip.readEntry();
      if ((entry.generalPurposeBitFlag & 1) === 1) return fail('encrypted');
      if (entry.uncompressedSize > left) return fail('unpacks_too_large');
      const leave = () => {
        if (damaged === undefined) return fail('damaged');
        damaged(name);
        zip.readEntry();
      };
      zip.openReadStream(entry, (error, stream) => {
        if (error) return leave();
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => {
          left -= chunk.length;
          if (left < 0) {
            stream.destroy();
            fail('unpacks_too_large');
          } else chunks.push(chunk);
        });
        stream.on('error', () => (left < 0 ? undefined : leave()));
        stream.on('end', () => {
          found.push({ name, bytes: Buffer.concat(chunks) });
          zip.readEntry();
        });
      });
    });
    zip.readEntry();
  });
}
