import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { importFile, type Portion } from '#domain/telemetry/index.ts';
import { receivedText } from '#engine/formats/received.ts';
import { clientSettings } from '#platform/config.ts';
import type { Command, Io } from './command.ts';

const RETRIES_MAX = 60;
const PROGRESS_EVERY_MS = 200;

/** Sends files of events to a running platform, over the same endpoint as any other sender. */
export const importCommand: Command = {
  name: 'import',
  summary: 'Sends files of events (EVTX, NDJSON, JSON, log; also zip, gz, zst, tar of them) to a running platform',
  usage: 'FILE… --token tis_… [--url http://127.0.0.1:8420]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { token: { type: 'string' }, url: { type: 'string' } },
    });
    const settings = clientSettings();
    const token = values.token ?? settings.token;
    const url = (values.url ?? settings.url ?? 'http://127.0.0.1:8420').replace(/\/$/, '');
    const missing = positionals.filter((path) => !existsSync(path));
    for (const path of missing) io.err(`${path} does not exist`);
    if (positionals.length === 0) io.err('tongan import needs at least one file');
    if (token === undefined)
      io.err('give the token of a source with --token or TONGAN_TOKEN (数据源 → 新建 shows it once)');
    if (missing.length > 0 || positionals.length === 0 || token === undefined) return 2;
    let failed = 0;
    for (const path of positionals) {
      if (!(await importOne(path, { url, token }, io))) failed += 1;
    }
    return failed === 0 ? 0 : 1;
  },
};

interface Target {
  readonly url: string;
  readonly token: string;
}

/** @returns false when the file could not be imported as a whole; what was sent before is kept by the platform */
async function importOne(path: string, target: Target, io: Io): Promise<boolean> {
  const name = basename(path);
  const bar = progressBar(name, (await stat(path)).size);
  let accepted = 0;
  try {
    const result = await importFile(path, name, async (portion) => {
      accepted += await send(portion, target);
      bar.show(accepted, portion.bytesRead);
    });
    bar.clear();
    io.out(`${name}: ${accepted.toLocaleString('en')} records from ${result.files.length} file(s)`);
    for (const { file, line, reason } of result.rejections) io.err(`  ${file}, record ${line}: not taken (${reason})`);
    if (result.rejected > 0) io.err(`  ${result.rejected} record(s) were not taken`);
    return true;
  } catch (cause) {
    bar.clear();
    io.err(
      `${name}: ${cause instanceof Error ? cause.message : String(cause)} (${accepted} records were taken before)`,
    );
    return false;
  }
}

/** Sends a portion, waiting when the platform asks for it. @returns records the platform keeps now */
async function send({ lines }: Portion, { url, token }: Target): Promise<number> {
  // A record of several lines (printed JSON) travels as an element of an array.
  const body = lines.some((line) => line.includes(0x0a))
    ? Buffer.from(JSON.stringify(lines.map(receivedText)))
    : Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
  };
  const packed = gzipSync(body, { level: 1 });
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`${url}/ingest`, { method: 'POST', headers, body: packed });
    const answer = await response.text();
    if (response.ok) return acceptedOf(answer);
    const waits = response.status === 429 || response.status === 503;
    if (!waits || attempt >= RETRIES_MAX)
      throw new Error(`the platform answered ${response.status}: ${detailOf(answer)}`);
    await delay(1000 * Number(response.headers.get('retry-after') ?? '1'));
  }
}

function acceptedOf(answer: string): number {
  const parsed: { accepted?: unknown } = JSON.parse(answer);
  return typeof parsed.accepted === 'number' ? parsed.accepted : 0;
}

function detailOf(answer: string): string {
  try {
    const parsed: { detail?: unknown } = JSON.parse(answer);
    return String(parsed.detail ?? answer);
  } catch {
    return answer.slice(0, 200);
  }
}

/** A line that is written over on a terminal, and nothing at all elsewhere. */
function progressBar(name: string, fileBytes: number) {
  const terminal = process.stderr.isTTY;
  let shownAtMs = 0;
  return {
    show(records: number, bytesRead: number) {
      if (!terminal || performance.now() - shownAtMs < PROGRESS_EVERY_MS) return;
      shownAtMs = performance.now();
      // An archive unpacks to more than its own size: then there is no share to show.
      const share = bytesRead <= fileBytes ? bytesRead / fileBytes : undefined;
      const width = 24;
      const filled = share === undefined ? 0 : Math.round(share * width);
      const bar =
        share === undefined ? '' : `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${Math.round(share * 100)} % `;
      const megabytes = (bytesRead / 1e6).toFixed(1);
      process.stderr.write(`\r\u001b[K${name} ${bar}${records.toLocaleString('en')} records, ${megabytes} MB`);
    },
    clear() {
      if (terminal) process.stderr.write('\r\u001b[K');
    },
  };
}
