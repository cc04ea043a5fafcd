import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { normaliser } from '#domain/telemetry/normalise.ts';
import { BatchRows, type LinePlace } from '#domain/telemetry/reading.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { RawRows } from '#engine/fields/raw-row/raw-rows.ts';
import { fromRow, toRow } from '#engine/fields/row.ts';
import { DEFAULT_ZONE } from '#engine/fields/zone.ts';
import { openEventStore } from '#platform/eventstore/open.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { soleSource } from '../../src/domain/telemetry/choose.ts';
import { loadSources, type Sources } from '../../src/domain/telemetry/sources.ts';
import { recordedLines, recordingsIn } from '../support/recordings.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { rowsIn } from '../support/stored-rows.ts';
import { line as anyLine } from '../support/windows-lines.ts';

const RECEIVED_MS = Date.UTC(2026, 4, 1);

const NAMES = [
  ...['Channel', 'SourceName', 'Hostname', 'RecordNumber', 'Severity', 'Level', 'Task', 'Keywords', 'EventType'],
  ...['Image', 'CommandLine', 'User', 'SourceIp', 'src_ip', 'IpAddress', 'Status', 'Odd', 'ProcessID', 'host', 'tags'],
  ...['UtcTime', '@timestamp', 'NewProcessName', 'Payload', '中文', '"'],
] as const;
const CHANNELS = ['Security', 'Microsoft-Windows-Sysmon/Operational', 'Windows PowerShell', 'System', ''];
const value = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.constantFrom('-', '0x3e7', 'INFO', 'SetValue', 'C:\\Windows\\cmd.exe', '10.1.2.3', '中文"'),
  },
  fc.constantFrom('', '-', 'INFO', 'SetValue', 'info', 'C:\\Windows\\cmd.exe', '10.1.2.3', '%%1842', 'a\r\nb: c', '\t'),
  fc.constantFrom(
    '2020-10-18 10:56:18.799',
    '2020-10-18T10:56:18.799Z',
    '中文\n',
    '\u0001',
    '\u007f',
    '\u0085',
    '\ud800',
    '0x3e7',
  ),
  fc.constantFrom(4688, 0, -1, 1.5, 1e21, true, null, ['a'], { a: 1 }),
  fc.string({ maxLength: 12 }),
);
const ODD_NAMES = ['param1', 'Computer', 'Odd.a', 'message', '7'] as const;
const names = fc.tuple(
  fc.subarray([...NAMES], { minLength: 3 }),
  fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, fc.subarray([...ODD_NAMES])),
);
/** Lines with the same members in the same order: what is learnt of one is used for the next. */
const alike = fc
  .tuple(
    names.map((both) => both.flat()),
    fc.constantFrom(...CHANNELS),
  )
  .chain(([names, channel]) =>
    fc
      .array(
        fc.record({
          code: fc.constantFrom(1, 12, 13, 800, 4688, '5156'),
          values: fc.array(value, { minLength: names.length, maxLength: names.length }),
          labels: fc.subarray(names),
        }),
        { minLength: 2, maxLength: 6 },
      )
      .map((events) =>
        events.map(({ code, values, labels }) => {
          const own = Object.fromEntries(names.map((name, index) => [name, values[index]]));
          const said = labels.map((name) => `${name}: ${String(own[name])}`);
          const message = ['An event.', ...said, `EventType: ${String(own.EventType)}`].join('\r\n');
          const facts = { EventID: code, EventTime: '2020-10-18 10:56:18', Channel: channel };
          return JSON.stringify({ ...facts, ...own, Message: message });
        }),
      ),
  );

/** Members in any order, on all levels. */
function shuffled(value: unknown, order: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const place = (name: string): number => Math.sin(order + name.length * 7 + name.charCodeAt(name.length - 1));
  const names = Object.entries(value).sort(([left], [right]) => place(left) - place(right));
  return Object.fromEntries(names.map(([name, inner]) => [name, shuffled(inner, order)]));
}

const often = <T>(usual: readonly T[], odd: readonly T[] = usual) =>
  fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...usual) }, fc.constantFrom(...odd));
const processNumber = often(['0x1a4', '0xFFFFFFFF', '0x0', '1234'], ['', '0x1g', '0x123456789', '"0x1', '中', '-']);
/** The event data of a new process (Security 4688), with a name or two that are Sigma's. */
const processData = fc.record(
  {
    NewProcessId: processNumber,
    ProcessId: processNumber,
    NewProcessName: often(['C:\\Windows\\cmd.exe', '/bin/sh'], ['']),
    ParentProcessName: often(['C:\\Windows\\explorer.exe'], ['']),
    SubjectUserName: often(['中文', 'R&D', 'SYSTEM'], ['']),
    SubjectLogonId: often(['0x3e7'], ['']),
    MandatoryLabel: often(['S-1-16-8192', 'S-1-16-12288', 'S-1-0-0'], ['']),
    CommandLine: often(['cmd "/c" a\r\nb', "cmd /c 'a' & b <c >d", ''], ['\u0001']),
    ProcessCommandLine: often(['cmd /c'], ['']),
    TargetUserName: often(['-'], ['']),
  },
  { requiredKeys: ['NewProcessId', 'ProcessId', 'NewProcessName', 'MandatoryLabel'] },
);
const otherData = fc.record(
  { Image: value, EventType: fc.constantFrom('SetValue', 'INFO', ''), UtcTime: value, param1: value, SourceIp: value },
  { requiredKeys: ['Image', 'SourceIp'] },
);
const beatFacts = {
  code: often([1, 13, 800, '4688', 5156], [4688, '', 1102]),
  channel: often(['Security', 'Microsoft-Windows-Sysmon/Operational', 'Windows PowerShell'], ['', 'System']),
  provider: often(['Microsoft-Windows-Security-Auditing'], ['Microsoft-Windows-Sysmon', '']),
  level: often(['information', 'Warning', '4'], ['']),
  keywords: often<unknown>([['Audit Success'], []], ['Audit Failure', [['a'], 'b', 1], null, 7]),
  odd: often<Record<string, unknown>>([{}], [{ process: { pid: 7 } }, { winlog: 'x' }, { user_data: { a: 'b' } }]),
  order: fc.nat(50),
};

/** As Go's and PowerShell's writers do, whose JSON may come to stand in a page of HTML. */
const cautious = (json: string): string => json.replace(/[<>&']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

/** An event as Winlogbeat writes it, since version 7 or before. */
const beatLine = fc
  .record({
    ...beatFacts,
    data: fc.oneof(processData, otherData),
    isOld: fc.boolean(),
    write: often([cautious, (json: string) => json]),
  })
  .map(({ code, channel, provider, level, keywords, odd, order, data, isOld, write }) => {
    const message = `An event.\n\nCreator:\n\tName:\t\t${Object.values(data).join('\n\tName:\t')}\n`;
    const shared = { '@timestamp': '2020-10-18T10:56:18.799Z', host: { name: 'A' }, message, ...odd };
    const old = { event_id: code, log_name: channel, source_name: provider, level, keywords, event_data: data };
    const own = { event_id: code, channel, provider_name: provider, keywords, event_data: data, record_id: 7 };
    const line = isOld
      ? { ...shared, beat: { version: '6.7.0' }, ...old, computer_name: 'A' }
      : { ...shared, agent: { type: 'winlogbeat' }, winlog: own, log: { level }, ecs: { version: '8' }, ...odd };
    return write(JSON.stringify(shuffled(line, order)));
  });

/** Reads lines both ways. */
class BothWays {
  raw = 0;
  usual = 0;
  readonly #rows: RawRows;
  readonly #normalise: ReturnType<typeof normaliser>;
  readonly #isSole: ReturnType<typeof soleSource>;

  constructor(sources: Sources) {
    const layouts = [...sources].flatMap(([id, { rowLayout }]) => (rowLayout ? [[id, rowLayout] as const] : []));
    this.#rows = new RawRows(new Map(layouts), DEFAULT_ZONE);
    this.#normalise = normaliser(sources);
    this.#isSole = soleSource(sources);
  }

  /** Compares what the bytes give with what the usual way gives. */
  compare(text: string): void {
    const rows = new BatchRows();
    const event = this.add(text, 'a0-00', rows);
    if (event === undefined) return;
    const [row] = rowsIn(rows.finish().rows.bytes);
    assert(row);
    assert.deepEqual(sorted(fromRow(row)), sorted(event), text);
    const expected = { ...toRow(event), source_id: 'source', sender: '10.1.1.1', template: row.template };
    assert.deepEqual(withRest(row), withRest(expected), text);
  }

  /** Whether a line would be read from its bytes. */
  isRead(line: Buffer): boolean {
    return this.#rows.read(line, 0, line.length) !== undefined;
  }

  /** Adds the row that is written from the bytes, if one can be. @returns the event of the usual way */
  add(text: string, id: string, rows: BatchRows): SecurityEvent | undefined {
    const bytes = Buffer.from(`before${text}{"after":1}`);
    const [from, to] = [6, bytes.length - 11];
    const place = { id, from, to, receivedAtMs: RECEIVED_MS, unitPath: '/450000/', sourceHint: '' };
    const known: LinePlace = { ...place, sender: '10.1.1.1', sourceId: 'source' };
    const event = this.#normalise({ ...known, text });
    let raw = this.#rows.read(bytes, from, to);
    if (raw === undefined && this.#rows.learn(bytes, from, to, event, () => this.#isSole(text, event.source)))
      raw = this.#rows.read(bytes, from, to);
    if (raw === undefined) {
      this.usual += 1;
      return undefined;
    }
    this.raw += 1;
    rows.addRaw(raw, known, {});
    assert.deepEqual([...raw.names].sort(), Object.keys(event.fields).sort());
    return event;
  }
}

/** The order of a row's columns is not that of the fields. */
const sorted = ({ fields, ...event }: SecurityEvent) => ({ ...event, fields: Object.entries(fields).sort() });

/** With what is in `rest`: its order is that of the first line with these members. */
const withRest = <Row extends object>(row: Row) => ({
  ...row,
  rest: 'rest' in row && row.rest !== '' ? JSON.parse(String(row.rest)) : undefined,
});

describe('rows written from the bytes of lines', () => {
  let sources: Sources;
  before(async () => {
    sources = await loadSources();
  });

  it('say what the usual way says, for any values in lines that are alike', () => {
    const ways = new BothWays(sources);
    const compare = (lines: readonly string[]) => {
      for (const text of lines) ways.compare(text);
    };
    fc.assert(fc.property(alike, compare), { numRuns: 400 });
    assert.ok(ways.raw > ways.usual / 5, `${ways.raw} of ${ways.raw + ways.usual} lines were read by their bytes`);
  });

  it('say what the usual way says, for any way of writing a line', () => {
    const ways = new BothWays(sources);
    fc.assert(
      fc.property(fc.array(anyLine, { minLength: 1, maxLength: 20, size: 'max' }), (lines) => {
        for (const text of lines) ways.compare(text.replace(/^\{/, '{"EventTime":"2020-10-18 10:56:18",'));
      }),
      { numRuns: 150 },
    );
    assert.ok(ways.raw > 0, `${ways.raw} of ${ways.raw + ways.usual} lines were read by their bytes`);
  });

  it('say what the usual way says of what Beats write, whose members come in another order each time', () => {
    const ways = new BothWays(sources);
    fc.assert(
      fc.property(fc.array(beatLine, { minLength: 2, maxLength: 12 }), (lines) => {
        for (const text of lines) ways.compare(text);
      }),
      { numRuns: 400 },
    );
    assert.ok(ways.raw > ways.usual / 5, `${ways.raw} of ${ways.raw + ways.usual} lines were read by their bytes`);
  });

  it('take up a new shape even among lines that cannot be read so and have other members each time', () => {
    const ways = new BothWays(sources);
    const flat = '{"EventTime":"2020-10-18 10:56:18","EventID":5156,"Channel":"Security","Application":"a.exe"}';
    for (let number = 0; number < 500; number += 1) {
      const own = { [`Name${number}`]: { inside: 'x' } };
      const winlog = { event_id: '5156', channel: 'Security', event_data: own };
      ways.compare(JSON.stringify({ '@timestamp': '2020-10-18T10:56:18.000Z', winlog }));
    }
    assert.equal(ways.raw, 0);
    for (let number = 0; number < 200; number += 1) ways.compare(flat);
    assert.ok(ways.raw > 100, `${ways.raw} of 200 lines were read by their bytes`);
  });

  it('leave what is not UTF-8 throughout to the usual way, which says what is wrong', () => {
    const ways = new BothWays(sources);
    const line = (application: string): string =>
      `{"EventTime":"2020-10-18 10:56:18","EventID":5156,"Channel":"Security","Application":"${application}"}`;
    for (const application of ['a.exe', 'b.exe']) ways.compare(line(application));
    assert.ok(ways.isRead(Buffer.from(line('中文.exe'))));
    assert.ok(!ways.isRead(Buffer.from(line('\xff.exe'), 'latin1')));
    assert.ok(!ways.isRead(Buffer.from(line('\xb7\xc0.exe'), 'latin1')));
    assert.ok(!ways.isRead(Buffer.from(line('\\udcff.exe'))));
  });

  it('give the store the original text and the message back', async (t) => {
    const recordings = referenceData('windows-attacks');
    if (recordings === undefined) return t.skip(withoutReferenceData('windows-attacks'));
    const folder = await mkdtemp(join(tmpdir(), 'tongan-raw-rows-'));
    const store = openEventStore({ kind: 'embedded', path: folder });
    try {
      await store.migrate();
      const ways = new BothWays(sources);
      const rows = new BatchRows();
      const expected = new Map<string, SecurityEvent>();
      for (const path of recordingsIn(recordings).slice(0, 40)) {
        for await (const text of recordedLines(path, 50)) {
          const id = `a0-${expected.size.toString().padStart(5, '0')}`;
          const event = ways.add(text, id, rows);
          if (event !== undefined) expected.set(id, event);
        }
      }
      await store.writer.insertHeld('event', [await store.writer.hold(rows.finish().rows)], 'all');
      const stored = await store
        .reader({ path: '/', side: 'centre' })
        .query<{ id: string; raw: string; message: string }>(
          eventSql`SELECT event_id AS id, raw, message FROM event ORDER BY event_id LIMIT 100000`,
          { tag: 'test' },
        );
      assert.deepEqual(
        stored,
        Array.from(expected, ([id, { raw, fields }]) => ({ id, raw, message: fields.Message ?? '' })),
      );
    } finally {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('say what the usual way says of every recording', async (t) => {
    const recordings = referenceData('windows-attacks');
    if (recordings === undefined) return t.skip(withoutReferenceData('windows-attacks'));
    const ways = new BothWays(sources);
    for (const path of recordingsIn(recordings)) {
      for await (const text of recordedLines(path, 150)) ways.compare(text);
    }
    assert.ok(ways.raw > ways.usual, `${ways.raw} of ${ways.raw + ways.usual} lines were read by their bytes`);
  });
});
