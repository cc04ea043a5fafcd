import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import type { ActionEntry } from '#platform/action.ts';
import type { Ctx } from '#platform/context.ts';
import { AppError } from '#platform/errors.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openTestPlatform, type TestPlatform } from '../../../../test/support/stores.ts';
import { EXPORT_FORMATS, type ExportFormat, exportEvents } from './export.ts';
import { handOver } from './export-journal.ts';

const START = Date.UTC(2026, 2, 1);
const DAY = { from: new Date(START), to: new Date(START + 86_400_000) };
const COUNT = 50_000;
const signal = new AbortController().signal;

/** Of 1 to 2 KB, as an agent for Windows sends it, nearly all of it values of fields: what is stored of it is a template over them. */
function eventOf(index: number): SecurityEvent {
  const fields: Record<string, string> = {
    Computer: `WIN-${String(index % 200).padStart(5, '0')}.gov.example`,
    EventID: '1',
    Image: `C:\\Windows\\System32\\tool${index % 50}.exe`,
    CommandLine: `tool${index % 50}.exe /run "${index}" ${'参数 '.repeat(40 + (index % 60))}`,
    ParentImage: 'C:\\Windows\\explorer.exe',
    User: `GOV\\user${index % 300}`,
    ProcessGuid: `{aabbccdd-0000-4000-8000-${String(index).padStart(12, '0')}}`,
    Hashes: `SHA1=${createHash('sha1').update(String(index)).digest('hex')}`,
    Odd: `only in the rest ${index}`,
  };
  // Pairs share a time, and what comes in is in no order.
  const timeMs = START + Math.floor(((index * 7919) % COUNT) / 2) * 1500;
  const message = `Process Create:\r\n${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\r\n')}`;
  return {
    id: `x.1-${String(index).padStart(6, '0')}`,
    timeMs,
    receivedAtMs: timeMs + 1000,
    source: 'microsoft-windows',
    logsource: { product: 'windows', category: 'process_creation', service: 'sysmon' },
    unitPath: '/450000/450100/',
    fields: { ...fields, Message: message },
    raw: JSON.stringify({ '@timestamp': new Date(timeMs).toISOString(), winlog: { event_data: fields }, message }),
    problem: '',
  };
}

const byTime = (left: SecurityEvent, right: SecurityEvent) =>
  left.timeMs - right.timeMs || (left.id < right.id ? -1 : 1);
const hashOf = (texts: Iterable<string>): string => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text}\n`);
  return hash.digest('hex');
};

describe('export of many events with their original text', () => {
  let test: TestPlatform;
  let region: Ctx;
  const journal: ActionEntry[] = [];
  const sorted = Array.from({ length: COUNT }, (_, index) => eventOf(index)).sort(byTime);
  const wanted = hashOf(sorted.map(({ raw }) => raw));

  before(async () => {
    const append = async (_tx: unknown, entries: readonly ActionEntry[]) => void journal.push(...entries);
    test = await openTestPlatform({ events: true, append });
    region = test.as({ roles: ['analyst'], path: '/450000/' });
    for (let at = 0; at < COUNT; at += 10_000) {
      const rows = Array.from({ length: 10_000 }, (_, index) => JSON.stringify(toRow(eventOf(at + index))));
      await test.platform.events.writer.insert('event', Buffer.from(`${rows.join('\n')}\n`), `export-${at}`);
    }
  });
  after(() => test.close());

  const askedAs = (format: ExportFormat) => ({ query: '', ...DAY, columns: ['user_name', 'message', 'raw'], format });
  const madeIn = (ctx: Ctx, format: ExportFormat) => exportEvents(ctx, askedAs(format), signal);
  const bytesOf = async (content: AsyncIterable<string | Uint8Array>) => {
    const parts: Buffer[] = [];
    for await (const chunk of content) parts.push(Buffer.from(chunk));
    return Buffer.concat(parts);
  };

  /** The store of the region, to which something happens when the rows of a piece are asked for. @param happen is told which piece it is */
  const withPieces = (happen: (piece: number) => void): Ctx => {
    let piece = 0;
    const query: Ctx['events']['query'] = (sql, limits) => {
      if (limits.tag === 'search.export') {
        piece += 1;
        happen(piece);
      }
      return region.events.query(sql, limits);
    };
    return { ...region, events: { ...region.events, query } };
  };
  const tooMuch = () => new AppError('unavailable', { public: 'too much', reason: 'events.memory' });
  const isTooMuch = (error: unknown) => error instanceof AppError && error.reason === 'events.memory';

  it('gives all of them, in the order of their times, byte for byte, as lines of JSON in pieces', async () => {
    const { content, ...made } = await madeIn(region, 'ndjson');
    assert.deepEqual([made.events, made.leftOut, made.sent()], [COUNT, 0, 0]);
    let pieces = 0;
    const lines: { event_id: string; user_name: string; message: string; raw: string }[] = [];
    for await (const chunk of content) {
      assert.ok(chunk.length < 2_000_000, `a piece of ${chunk.length} characters`);
      lines.push(
        ...String(chunk)
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      );
      pieces += 1;
      assert.ok(made.sent() >= lines.length && made.sent() < lines.length + COUNT / 2);
    }
    assert.ok(pieces >= COUNT / 500, `${pieces} pieces`);
    assert.deepEqual(
      lines.map((line) => line.event_id),
      sorted.map(({ id }) => id),
    );
    assert.equal(hashOf(lines.map(({ raw }) => raw)), wanted);
    assert.ok(sorted.every(({ fields }, at) => lines[at]?.message === fields.Message));
  });

  it('gives the same as a Parquet file', async () => {
    const path = join(test.platform.config.dataDir, 'all.parquet');
    await writeFile(path, await bytesOf((await madeIn(region, 'parquet')).content));
    const read = await test.platform.events.maintain(
      eventSql`SELECT toUnixTimestamp64Milli(time) AS ms, event_id, raw FROM file(${path}, 'Parquet')
        SETTINGS input_format_parquet_preserve_order = 1, output_format_json_quote_64bit_integers = 0 FORMAT JSONCompactEachRow`,
    );
    const rows: [number, string, string][] = read
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      rows.map(([ms, id]) => `${ms} ${id}`),
      sorted.map(({ timeMs, id }) => `${timeMs} ${id}`),
    );
    assert.equal(hashOf(rows.map(([, , raw]) => raw)), wanted);
  });

  it('asks for less at once where a piece is too much for the store, and gives all the same', async () => {
    const ctx = withPieces((piece) => {
      if (piece === 1 || piece === 3) throw tooMuch();
    });
    const text = (await bytesOf((await madeIn(ctx, 'ndjson')).content)).toString('utf8');
    const raws = text
      .trimEnd()
      .split('\n')
      .map((line): string => JSON.parse(line).raw);
    assert.equal(hashOf(raws), wanted);
  });

  const handedOver = async (ctx: Ctx, format: ExportFormat, gone: AbortSignal = signal) => {
    journal.length = 0;
    const asked = { query: '', from: DAY.from.toISOString(), to: DAY.to.toISOString(), columns: ['raw'], format };
    return handOver(ctx, asked, await exportEvents(ctx, askedAs(format), gone), gone);
  };
  /** What the journal says: that an export began, and how it ended. */
  const journalled = () =>
    journal.map(({ action, entry: { data } }) => [action, data.change, data.end, data.sent, data.events, data.reason]);
  const BEGUN = ['event.export', 'export of events begun', undefined, undefined, COUNT, undefined];
  const endedAs = (end: string, sent: number, reason?: string) => [
    BEGUN,
    ['event.export', 'export of events ended', end, sent, COUNT, reason],
  ];

  it('fails before the first byte in every format when nothing can be read, and the journal says that nothing left', async () => {
    const ctx = withPieces(() => {
      throw tooMuch();
    });
    for (const format of EXPORT_FORMATS) {
      await assert.rejects(handedOver(ctx, format), isTooMuch, format);
      assert.deepEqual(journalled(), endedAs('failed', 0, 'events.memory'));
    }
  });

  it('breaks off where the store fails on the way, and the journal says how many events left and why', async () => {
    const ctx = withPieces((piece) => {
      if (piece > 2) throw new AppError('unavailable', { public: 'gone', reason: 'events.down' });
    });
    const { id, content } = await handedOver(ctx, 'ndjson');
    let text = '';
    await assert.rejects(async () => {
      for await (const chunk of content) text += String(chunk);
    });
    assert.deepEqual(journalled(), endedAs('failed', text.trimEnd().split('\n').length, 'events.down'));
    assert.deepEqual(new Set(journal.map(({ entry }) => entry.object.id)), new Set([id]));
  });

  it('says in the journal that all of it left, or that its reader left before', async () => {
    await bytesOf((await handedOver(region, 'csv')).content);
    assert.deepEqual(journalled(), endedAs('complete', COUNT));
    const { content } = await handedOver(region, 'csv');
    const first: unknown = content.read();
    assert.match(String(first), /^\uFEFFtime,event_id,user_name,message,raw\r\n/);
    const written = once(content, 'close');
    content.destroy();
    await written;
    assert.deepEqual(journalled().at(-1)?.slice(1, 3), ['export of events ended', 'left']);
  });
});
