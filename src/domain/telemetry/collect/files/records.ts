import { receivedBytes, receivedText } from '#engine/formats/received.ts';
import { TABLE_HEAD_BYTES, textTableOf } from '#engine/formats/text-table.ts';

/**
 * The records in lines of a file that is read piece by piece. In a log of Zeek or IIS the columns are named at its head, so
 * each line becomes a text that can be read alone; lines of other files stay as they are.
 *
 * @param directives what named the columns before these lines; absent for a file that is no such log, and at its beginning
 * @param isBeginning these are the first lines of the file
 * @returns `directives` for the lines that follow
 */
export function recordsOf(
  lines: readonly Buffer[],
  directives: readonly string[] | undefined,
  isBeginning: boolean,
): { readonly records: readonly Buffer[]; readonly directives?: readonly string[] } {
  const head = directives?.[0] ?? (isBeginning ? lines[0]?.toString('latin1', 0, TABLE_HEAD_BYTES) : undefined);
  const table = head === undefined ? undefined : textTableOf(head);
  if (table === undefined) return { records: lines };
  for (const directive of directives ?? []) table.read(directive);
  const records = lines.flatMap((line) => {
    const record = table.read(receivedText(line));
    return record === undefined ? [] : [receivedBytes(record)];
  });
  return { records, directives: table.directives };
}
