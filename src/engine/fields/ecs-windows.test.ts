import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toEcs } from './ecs.ts';
import type { SecurityEvent } from './event.ts';

const windows = { vendor: 'Microsoft', product: 'Windows', onlooker: false };
const event = (raw: object, fields: SecurityEvent['fields'], service = 'security', category = ''): SecurityEvent => ({
  id: 's-0',
  timeMs: Date.UTC(2026, 4, 20, 2),
  receivedAtMs: Date.UTC(2026, 4, 20, 2),
  source: 'microsoft-windows',
  logsource: { product: 'windows', category, service },
  unitPath: '/450000/',
  fields,
  raw: JSON.stringify(raw),
  problem: '',
});
const given = (document: Record<string, unknown>, ...names: string[]) => names.map((name) => document[name]);

test('a logon: who acted, on whom, with what outcome, and which process wrote of it', () => {
  const document = toEcs(
    event(
      { EventID: 4625, ExecutionProcessID: 744, ThreadID: 812, Severity: 'ERROR' },
      {
        ...{ EventID: '4625', Keywords: '-9218868437227405312', IpAddress: '::ffff:198.51.100.7' },
        ...{ SubjectUserName: 'svc', SubjectDomainName: 'GX', SubjectUserSid: 'S-1-5-20' },
        ...{ TargetUserName: 'liwei', TargetDomainName: 'GX' },
      },
    ),
    windows,
  );
  assert.deepEqual(given(document, 'event.category', 'event.type', 'event.outcome'), [
    ...['authentication', 'start', 'failure'],
  ]);
  assert.deepEqual(given(document, 'user.name', 'user.id', 'user.target.name'), ['svc', 'S-1-5-20', 'liwei']);
  assert.deepEqual(given(document, 'process.pid', 'process.thread.id', 'log.level'), ['744', '812', 'error']);
  assert.equal(document['source.ip'], '198.51.100.7');
  assert.equal(
    toEcs(event({}, { EventID: '4624', Keywords: '0x8020000000000000' }), windows)['event.outcome'],
    'success',
  );
});

test('what Winlogbeat says in ECS stays as it is', () => {
  const raw = {
    agent: { type: 'winlogbeat', version: '8.1.0' },
    host: { name: 'DC01', ip: ['192.0.2.1', '192.0.2.2'] },
    winlog: {
      event_id: 22,
      provider_guid: '{5770385F}',
      event_data: { Image: 'x' },
      process: { pid: 1, thread: { id: 2 } },
    },
    dns: {
      answers: [
        { type: 'CNAME', data: 'a.example' },
        { type: 'A', data: '192.0.2.9' },
      ],
    },
  };
  const document = toEcs(event(raw, { EventID: '22' }, 'sysmon', 'dns_query'), windows);
  assert.deepEqual(given(document, 'agent.version', 'winlog.provider_guid', 'process.thread.id'), [
    ...['8.1.0', '{5770385F}', '2'],
  ]);
  assert.deepEqual(document['host.ip'], ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual(given(document, 'dns.answers.type', 'dns.answers.data'), [
    ['CNAME', 'A'],
    ['a.example', '192.0.2.9'],
  ]);
  assert.equal(document['winlog.event_data.Image'], undefined);
});

test('hashes, names of files and keys of the registry are taken apart', () => {
  const md5 = '89B717809A5A49D19E7E06746982BF0B';
  const started = toEcs(
    event(
      {},
      { EventID: '1', Image: 'C:\\Windows\\cmd.exe', Hashes: `MD5=${md5},IMPHASH=${md5}` },
      'sysmon',
      'process_creation',
    ),
    windows,
  );
  assert.deepEqual(given(started, 'process.name', 'process.hash.md5', 'process.pe.imphash'), [
    ...['cmd.exe', md5.toLowerCase(), md5.toLowerCase()],
  ]);
  const written = toEcs(event({}, { EventID: '11', TargetFilename: 'C:\\a\\b.txt' }, 'sysmon', 'file_event'), windows);
  assert.deepEqual(given(written, 'file.name', 'file.directory'), ['b.txt', 'C:\\a']);
  const key = toEcs(
    event({}, { EventID: '13', TargetObject: 'HKLM\\Software\\Run\\up' }, 'sysmon', 'registry_set'),
    windows,
  );
  assert.deepEqual(given(key, 'registry.hive', 'registry.key', 'registry.value'), ['HKLM', 'Software\\Run\\up', 'up']);
});

test('any JSON is taken without an error', () => {
  fc.assert(
    fc.property(fc.object(), fc.dictionary(fc.string(), fc.string()), (raw, fields) => {
      toEcs(event({ ...raw, winlog: raw }, fields), windows);
    }),
  );
});
