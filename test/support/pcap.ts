/** One UDP packet of a capture. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly atMs: number;
}

const addressBytes = (address: string): number[] => address.split('.').map(Number);

function frameOf({ from, to, fromPort, toPort }: Packet): Buffer {
  const payload = Buffer.from('0123456789');
  const frame = Buffer.alloc(14 + 20 + 8 + payload.length);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(frame.length - 14, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(17, 23);
  frame.set(addressBytes(from), 26);
  frame.set(addressBytes(to), 30);
  frame.writeUInt16BE(fromPort, 34);
  frame.writeUInt16BE(toPort, 36);
  frame.writeUInt16BE(8 + payload.length, 38);
  payload.copy(frame, 42);
  return frame;
}

/** A capture file (libpcap) of Ethernet frames. */
export function pcapOf(packets: readonly Packet[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  const records = packets.map((packet) => {
    const frame = frameOf(packet);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(packet.atMs / 1000), 0);
    record.writeUInt32LE((packet.atMs % 1000) * 1000, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return Buffer.concat([record, frame]);
  });
  return Buffer.concat([head, ...records]);
}
