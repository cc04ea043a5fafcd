import { EVTX_CHUNK_BYTES, EVTX_HEADER_BYTES } from '#engine/formats/evtx/evtx.ts';

/** Writes small EVTX files, so that their reader can be tested without files of others. */

/** A value of a record: its type in binary XML and its bytes. */
export interface EvtxTestValue {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export const text = (value: string): EvtxTestValue => ({ type: 0x01, bytes: Buffer.from(value, 'utf16le') });

/** A number of so many bytes, little-endian. */
function number(type: number, value: bigint, size: number): EvtxTestValue {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return { type, bytes: bytes.subarray(0, size) };
}

export const raw = (type: number, hex: string): EvtxTestValue => ({ type, bytes: Buffer.from(hex, 'hex') });

/** Bytes that know where in the chunk they stand. */
class Writer {
  private parts: Buffer[] = [];
  at: number;
  constructor(at: number) {
    this.at = at;
  }
  put(bytes: Uint8Array): this {
    this.parts.push(Buffer.from(bytes));
    this.at += bytes.length;
    return this;
  }
  u8(value: number): this {
    return this.put(Buffer.from([value]));
  }
  u16(value: number): this {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16LE(value);
    return this.put(bytes);
  }
  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.put(bytes);
  }
  /** A name where it stands: its offset, then the name itself. */
  name(value: string): this {
    this.u32(this.at + 4)
      .u32(0)
      .u16(0)
      .u16(value.length);
    return this.put(Buffer.from(value, 'utf16le')).u16(0);
  }
  bytes(): Buffer {
    return Buffer.concat(this.parts);
  }
}

type Xml =
  | { readonly slot: number; readonly optional?: boolean }
  | { readonly text: string }
  | { readonly name: string; readonly attributes?: Readonly<Record<string, Xml>>; readonly content: readonly Xml[] };

function writeXml(writer: Writer, xml: Xml): void {
  if ('slot' in xml)
    writer
      .u8(xml.optional ? 0x0e : 0x0d)
      .u16(xml.slot)
      .u8(0x01);
  else if ('text' in xml) writer.u8(0x05).u8(1).u16(xml.text.length).put(Buffer.from(xml.text, 'utf16le'));
  else {
    const attributes = Object.entries(xml.attributes ?? {});
    writer
      .u8(attributes.length > 0 ? 0x41 : 0x01)
      .u16(0xffff)
      .u32(0)
      .name(xml.name);
    if (attributes.length > 0) writer.u32(0);
    for (const [name, value] of attributes) {
      writer.u8(0x06).name(name);
      writeXml(writer, value);
    }
    writer.u8(0x02);
    for (const part of xml.content) writeXml(writer, part);
    writer.u8(0x04);
  }
}

function instance(at: number, xml: Xml, values: readonly EvtxTestValue[], known: Map<Xml, number>): Buffer {
  const writer = new Writer(at)
    .put(Buffer.from([0x0f, 1, 1, 0]))
    .u8(0x0c)
    .u8(1)
    .u32(1);
  const place = known.get(xml);
  if (place === undefined) {
    known.set(xml, writer.at + 4);
    writer
      .u32(writer.at + 4)
      .u32(0)
      .put(Buffer.alloc(16));
    const body = new Writer(writer.at + 4);
    body.put(Buffer.from([0x0f, 1, 1, 0]));
    writeXml(body, xml);
    body.u8(0);
    writer.u32(body.bytes().length).put(body.bytes());
  } else writer.u32(place);
  writer.u32(values.length);
  for (const { type, bytes } of values) writer.u16(bytes.length).u8(type).u8(0);
  for (const { bytes } of values) writer.put(bytes);
  return writer.u8(0).bytes();
}

/** An EVTX file of one chunk; every record is `xml` with its own values. */
export function evtxFile(records: readonly { readonly xml: Xml; readonly values: readonly EvtxTestValue[] }[]): Buffer {
  const chunk = Buffer.alloc(EVTX_CHUNK_BYTES);
  chunk.write('ElfChnk\0', 0, 'latin1');
  const known = new Map<Xml, number>();
  let at = 512;
  records.forEach(({ xml, values }, index) => {
    const body = instance(at + 24, xml, values, known);
    chunk.writeUInt32LE(0x2a2a, at);
    chunk.writeUInt32LE(body.length + 28, at + 4);
    chunk.writeBigUInt64LE(BigInt(index + 1), at + 8);
    body.copy(chunk, at + 24);
    at += body.length + 28;
    chunk.writeUInt32LE(body.length + 28, at - 4);
  });
  chunk.writeUInt32LE(at, 0x30);
  const header = Buffer.alloc(EVTX_HEADER_BYTES);
  header.write('ElfFile\0', 0, 'latin1');
  return Buffer.concat([header, chunk]);
}

const data = (name: string, slot: number): Xml => ({
  name: 'Data',
  attributes: { Name: { text: name } },
  content: [{ slot }],
});

/** A Sysmon process start: values are time, image, command line, logon id, process id, GUID. */
export const SYSMON_START: Xml = {
  name: 'Event',
  content: [
    {
      name: 'System',
      content: [
        { name: 'Provider', attributes: { Name: { text: 'Microsoft-Windows-Sysmon' } }, content: [] },
        { name: 'EventID', content: [{ text: '1' }] },
        { name: 'Correlation', attributes: { ActivityID: { slot: 99, optional: true } }, content: [] },
        { name: 'TimeCreated', attributes: { SystemTime: { slot: 0 } }, content: [] },
        { name: 'Channel', content: [{ text: 'Microsoft-Windows-Sysmon/Operational' }] },
        { name: 'Computer', content: [{ text: 'pc1.example' }] },
      ],
    },
    {
      name: 'EventData',
      content: [
        data('Image', 1),
        data('CommandLine', 2),
        data('LogonId', 3),
        data('ProcessId', 4),
        data('ProcessGuid', 5),
        { name: 'Data', attributes: { Name: { text: 'Joined' } }, content: [{ text: 'a' }, { slot: 4 }] },
      ],
    },
  ],
};

/** Values for SYSMON_START. */
export const sysmonValues = (image: string, commandLine: string): EvtxTestValue[] => [
  number(0x11, 131_124_751_716_816_400n, 8),
  text(image),
  text(commandLine),
  number(0x15, 0x3e7n, 8),
  number(0x08, 4711n, 4),
  raw(0x0f, '85378454785494ee4994a5ba3e3b0328'),
];
