import { crc32, deflateRawSync } from 'node:zlib';

/** A zip of these files; `declared` overrides the unpacked size that the entry claims. */
export function zip(
  files: readonly {
    readonly name: string | Buffer;
    readonly content: Buffer;
    readonly declared?: number;
    /** Its packed bytes are not what they should be. */
    readonly damaged?: boolean;
  }[],
): Buffer {
  const parts: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, content, declared = content.length, damaged = false } of files) {
    const packed = damaged ? Buffer.alloc(40, 0xff) : deflateRawSync(content);
    const nameBytes = typeof name === 'string' ? Buffer.from(name) : name;
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    // Names that are no UTF-8 are said to be of no code page, as Chinese tools write them.
    head.writeUInt16LE(typeof name === 'string' ? 0x800 : 0, 6);
    head.writeUInt16LE(8, 8);
    head.writeUInt32LE(crc32(content), 14);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(declared, 22);
    head.writeUInt16LE(nameBytes.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    head.copy(entry, 6, 4, 30);
    entry.writeUInt16LE(0, 30);
    entry.writeUInt32LE(offset, 42);
    parts.push(head, nameBytes, packed);
    central.push(entry, nameBytes);
    offset += head.length + nameBytes.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(central).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...central, end]);
}
