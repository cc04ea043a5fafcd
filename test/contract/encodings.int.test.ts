import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { importFile } from '#domain/telemetry/index.ts';
import { needCollector } from '#domain/telemetry/runtime.ts';
import { eventSql } from '#platform/eventstore/sql.ts';
import { openTestApp, type TestApp } from '../support/app.ts';
import { type Arrivals, arrivalsOf } from '../support/arrivals.ts';

/** What every way of delivering must keep: characters of two bytes, one of four, one whose second byte is a backslash. */
const SAID = '防火墙阻断㐀誠';
const GB18030 = Buffer.from('b7c0bbf0c7bdd7e8b6cf8139ee39d55c', 'hex');

/** A text with GB 18030 in place of `#`. */
const written = (text: string): Buffer<ArrayBuffer> =>
  Buffer.concat(text.split('#').flatMap((part, at) => (at === 0 ? [Buffer.from(part)] : [GB18030, Buffer.from(part)])));

/** A field of protobuf that holds bytes; all here are shorter than 128. */
const field = (number: number, content: Buffer): Buffer<ArrayBuffer> =>
  Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content]);

const IIS = `$Software: Microsoft Internet Information Services 10.0
$Fields: date time c-ip cs-uri-stem cs-username
2026-03-02 02:00:00 10.1.2.3 /iis #
`;
const ZEEK = `$separator \\x09
$path\thttp
$fields\tts\turi\tusername
$types\ttime\tstring\tstring
1772416800.000000\t/zeek\t#
`;
/** Its directives begin with the sign that GB 18030 is put in for. */
const table = (text: string): Buffer<ArrayBuffer> => {
  const lines = text
    .split('\n')
    .map((line) => (line.startsWith('$') ? Buffer.from(`#${line.slice(1)}`) : written(line)));
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]).slice(0, -1));
};

describe('texts in GB 18030', () => {
  let test: TestApp;
  let folder = '';
  let http: Arrivals;
  let syslog: Arrivals;
  let files: Arrivals;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tongan-encodings-'));
    test = await openTestApp({ listen: true, settings: { files: { roots: [folder] } } });
    http = await arrivalsOf(test, { listener: 'http' });
    syslog = await arrivalsOf(test, { listener: 'syslog', sender: '127.0.0.0/8' });
    files = await arrivalsOf(test, { listener: 'file', sender: `${folder}/*.log` });
  });
  after(async () => {
    await test.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const post = async (path: string, body: Buffer<ArrayBuffer>, type = 'application/json') => {
    const headers = { authorization: `Bearer ${http.token}`, 'content-type': type };
    const response = await fetch(`${test.address}${path}`, { method: 'POST', headers, body });
    assert.equal(Math.floor(response.status / 100), 2, `${path}: ${response.status} ${await response.text()}`);
  };
  const otlp = (word: string, said: string): Buffer<ArrayBuffer> =>
    written(
      `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"${word} ${said}"}},{"body":{"stringValue":"other 审计"}}]}]}]}`,
    );
  const tcp = async (line: Buffer) => {
    const socket = connect(needCollector(test.app.system).listeners?.syslog.tcp ?? 0, '127.0.0.1');
    await new Promise((resolve) => socket.end(line, () => resolve(undefined)));
  };
  const udp = async (datagram: Buffer) => {
    const socket = createSocket('udp4');
    await new Promise((resolve) =>
      socket.send(datagram, needCollector(test.app.system).listeners?.syslog.udp ?? 0, '127.0.0.1', resolve),
    );
    socket.close();
  };
  const imported = async (name: string, content: Buffer) => {
    const { registry, intake } = needCollector(test.app.system);
    const source = await registry.byId(http.sourceId);
    assert.ok(source);
    const path = join(folder, name);
    await writeFile(path, content);
    await importFile(path, name, ({ lines }) => intake.accept(source, lines, ''));
  };

  const ways: Readonly<Record<string, () => Promise<unknown>>> = {
    'syslog-udp': () => udp(written('<13>Mar  2 10:00:00 fw app: syslog-udp #')),
    'syslog-tcp': () => tcp(written('<13>Mar  2 10:00:00 fw app: syslog-tcp #\n')),
    'ingest-line': () => post('/ingest', written('ingest-line #\n')),
    'ingest-object': () => post('/ingest', written('{"message":"ingest-object #","more":1}\n')),
    'ingest-texts': () => post('/ingest', written('["ingest-texts #", "another 审计"]')),
    'ingest-objects': () => post('/ingest', written('[{"message":"ingest-objects #"},{"message":"审计"}]')),
    'hec-event': () => post('/services/collector/event', written('{"event":"hec-event #"}')),
    'hec-raw': () => post('/services/collector/raw', written('hec-raw #\n')),
    'hec-about': () => post('/services/collector/raw?host=fw', written('hec-about #\n')),
    'elastic-bulk': () => post('/elastic/_bulk', written('{"create":{"_index":"i"}}\n{"message":"elastic-bulk #"}\n')),
    'elastic-document': () => post('/elastic/i/_doc', written('{"message":"elastic-document #"}')),
    'otlp-json': () => post('/v1/logs', otlp('otlp-json', '#')),
    'otlp-protobuf': () => {
      const body = field(5, field(1, written('otlp-protobuf #')));
      return post('/v1/logs', field(1, field(2, field(2, body))), 'application/x-protobuf');
    },
    'file-line': () => writeFile(join(folder, 'app.log'), written('file-line #\n')),
    'file-iis': () => writeFile(join(folder, 'iis.log'), table(IIS.replace('/iis', '/file-iis'))),
    'file-zeek': () => writeFile(join(folder, 'zeek.log'), table(ZEEK.replace('/zeek', '/file-zeek'))),
    'import-line': () => imported('import.txt', written('import-line #\n')),
    'import-iis': () => imported('import-iis.txt', table(IIS.replace('/iis', '/import-iis'))),
    'import-zeek': () => imported('import-zeek.txt', table(ZEEK.replace('/zeek', '/import-zeek'))),
  };
  for (const [name, send] of Object.entries(ways)) {
    it(`are kept whatever the way: ${name}`, async () => {
      await send();
      const by = name.startsWith('syslog') ? syslog : name.startsWith('file') ? files : http;
      const [text = ''] = await by.stored(name, 1);
      // A text of an array that could not be read would still have its quotes.
      assert.ok(text.includes(SAID) && !text.startsWith('"'), text);
    });
  }

  it('and documents whose identifiers differ in them are different ones', async () => {
    const named = (sign: Buffer, number: number): Buffer<ArrayBuffer> =>
      Buffer.concat([
        Buffer.from('{"create":{"_index":"i","_id":"'),
        sign,
        Buffer.from(`"}}\n{"message":"named ${number}"}\n`),
      ]);
    await post('/elastic/_bulk', Buffer.concat([named(GB18030.subarray(0, 2), 1), named(GB18030.subarray(2, 4), 2)]));
    assert.equal((await http.stored('named', 2)).length, 2);
  });

  it('and texts that are damaged come with what is wrong with them', async () => {
    const cut = Buffer.from('<13>Mar  2 10:00:00 fw app: cut 应用审计告警').subarray(0, -2);
    await udp(cut);
    await udp(
      Buffer.concat([
        Buffer.from('<13>Mar  2 10:00:00 fw app: odd '),
        Buffer.from([0xff, 0xfe, 0x80]),
        Buffer.from('adm'),
      ]),
    );
    await post('/v1/logs', Buffer.from(otlp('escaped', '!').toString('latin1').replace('!', '\xff'), 'latin1'));
    const [read = ''] = await syslog.stored('cut', 1);
    assert.match(read, /应用审计告\ufffd$/);
    await syslog.stored('odd', 1);
    const [escaped = ''] = await http.stored('escaped', 1);
    assert.match(escaped, /escaped \\udcff/);
    const told = await test.app.platform.events
      .reader({ path: '/', side: 'centre' })
      .query<Record<string, string>>(
        eventSql`SELECT encoding, problem FROM event WHERE match(raw, 'app: cut|app: odd|escaped') ORDER BY encoding`,
        { tag: 'test', rowsMax: 10 },
      );
    assert.deepEqual(
      told.map(({ encoding }) => encoding),
      ['', 'latin1', 'utf-8 e8@end'],
    );
    for (const { problem } of told) assert.match(problem ?? '', /no character|neither UTF-8/);
  });
});
