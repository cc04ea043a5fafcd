import { type EventRow, storeTime } from '#engine/fields/row.ts';
import { STORED_COLUMNS } from '#engine/fields/stored.ts';

/** The rows that RowBinary's bytes say, with empty columns left out: what a store would give back. */
export function rowsIn(bytes: Uint8Array): EventRow[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: EventRow[] = [];
  let at = 0;
  const length = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = all.readUInt8(at);
      at += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < all.length) {
    const row: EventRow = { message_text: '' };
    for (const { column, kind } of STORED_COLUMNS) {
      if (kind === 'text') {
        const bytesOf = length();
        if (bytesOf > 0) row[column] = all.toString('utf8', at, at + bytesOf);
        at += bytesOf;
      } else if (kind === 'time') {
        row[column] = storeTime(Number(all.readBigInt64LE(at)));
        at += 8;
      } else at += 4;
    }
    rows.push(row);
  }
  return rows;
}
