import { zstdCompressSync } from 'node:zlib';
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

/** A column of a Parquet file: texts, or moments as ISO 8601, kept in milliseconds and UTC. */
export interface ParquetColumn {
  readonly name: string;
  readonly kind: 'text' | 'time';
}

const schemaOf = ({ name, kind }: ParquetColumn): SchemaElement =>
  kind === 'text'
    ? {
        name,
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        logical_type: { type: 'STRING' },
        repetition_type: 'REQUIRED',
      }
    : {
        name,
        type: 'INT64',
        converted_type: 'TIMESTAMP_MILLIS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
        repetition_type: 'REQUIRED',
      };

/**
 * A Parquet file, made while its rows come: each piece of them is a row group of its own, so that no more of the file than that is ever
 * in memory. The directory with which such a file ends comes last: a file that was cut off cannot be read for a whole one.
 */
export async function* parquetOf(
  columns: readonly ParquetColumn[],
  pieces: AsyncIterable<readonly Readonly<Record<string, string>>[]>,
): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(schemaOf)],
    codec: 'ZSTD',
    compressors: { ZSTD: (bytes) => zstdCompressSync(bytes) },
    createdBy: 'tongan',
  });
  for await (const rows of pieces) {
    const columnData = columns.map(({ name, kind }) => {
      const texts = rows.map((row) => row[name] ?? '');
      return { name, data: kind === 'text' ? texts : texts.map((text) => new Date(text)) };
    });
    await file.write({ columnData, rowGroupSize: Math.max(1, rows.length) });
    yield taken(writer);
  }
  await file.finish();
  yield taken(writer);
}

/** What was written since the last time; the writer goes on counting where it is in the file. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = Uint8Array.from(writer.getBytes());
  writer.index = 0;
  return bytes;
}
