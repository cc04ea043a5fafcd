import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readLines, verifyJournal } from '#domain/journal/index.ts';
import type { VerifyReport } from '#domain/journal/journal.ts';
import { type NoteKey, parseVerifierKey } from '#engine/merkle/note.ts';
import { sha256 } from '#platform/crypto/digest.ts';
import type { Command, Io } from './command.ts';

const NOTES: Readonly<Record<string, string>> = {
  key_from_journal:
    'the key came from the file itself: this proves that the file is whole, not whose it is. ' +
    'Give the key you were handed with --key',
  unsigned_tail: 'the entries after the last checkpoint are not signed yet',
};

/** Verifies an exported journal without any other part of the platform: no database, no network. */
export const verifyCommand: Command = {
  name: 'verify',
  summary: 'Checks an exported journal offline and names the first entry that does not fit',
  usage: 'FILE [--key KEY|FILE] [--checkpoint FILE]…',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { key: { type: 'string' }, checkpoint: { type: 'string', multiple: true, default: [] } },
    });
    const [file] = positionals;
    if (file === undefined || positionals.length > 1) {
      io.err('tongan verify needs one file: the journal as the console exported it');
      return 2;
    }
    if (!existsSync(file)) {
      io.err(`${file} does not exist`);
      return 2;
    }
    const key = values.key === undefined ? undefined : await readKey(values.key);
    const checkpoints = await Promise.all(values.checkpoint.map((path) => readFile(path, 'utf8')));
    const report = await verifyJournal(readLines(createReadStream(file)), { ...(key ? { key } : {}), checkpoints });
    print(report, io);
    return report.ok ? 0 : 1;
  },
};

/** The key itself, or a file that holds it. @throws Error saying what a key looks like */
async function readKey(value: string): Promise<NoteKey> {
  const text = existsSync(value) ? await readFile(value, 'utf8') : value;
  const key = parseVerifierKey(sha256, text);
  if (!key.ok) throw new Error(`--key: ${key.problem}`);
  return key.value;
}

function print(report: VerifyReport, io: Io): void {
  const { fault, size, withheld, checkpoints, signedSize, root, notes } = report;
  if (fault) {
    io.out(`DOES NOT FIT: ${fault.message}`);
    if (fault.seq !== null) {
      io.out(`  first entry that does not fit: ${fault.seq}${fault.upTo === null ? '' : ` (or up to ${fault.upTo})`}`);
    }
    io.out(`  why: ${fault.reason}; ${signedSize} entries before it are proved by ${checkpoints} checkpoint(s)`);
  } else {
    io.out(`FITS: ${size} entries, ${withheld} of them known by their hash only`);
    io.out(`  ${checkpoints} signed checkpoint(s) cover the first ${signedSize}; root ${root}`);
  }
  for (const note of notes) io.out(`  note: ${NOTES[note] ?? note}`);
}
