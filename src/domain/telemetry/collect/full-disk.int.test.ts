import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestApp, type TestApp } from '../../../../test/support/app.ts';
import { type Arrivals, arrivalsOf } from '../../../../test/support/arrivals.ts';
import { until } from '../../../../test/support/senders.ts';
import { noSmallDisk, type SmallDisk, smallDisk } from '../../../../test/support/small-disk.ts';
import { needCollector, needSyslogPorts } from '../runtime.ts';

/** Longer than what may still fit into the last page of a file. */
/** Text that hardly shrinks when it is packed. */
const PAD = `x${randomBytes(15_000).toString('base64')}`;

/** How each protocol is told that nothing can be kept, in the words its senders try again after. */
const PROTOCOLS = [
  { word: 'ingest', path: '/ingest', refusal: 507, body: (text: string) => `${text}\n` },
  {
    word: 'bulk',
    path: '/elastic/_bulk',
    refusal: 507,
    // A name, or it would be taken for rsyslog, which is hung up on.
    body: (text: string) => `{"create":{"_index":"i"}}\n{"message":"${text}"}\n`,
  },
  {
    word: 'otlp',
    path: '/v1/logs',
    refusal: 503,
    body: (text: string) =>
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }] }),
  },
  { word: 'hec', path: '/services/collector/event', refusal: 503, body: (text: string) => `{"event":"${text}"}` },
] as const;

describe('while the disk of the queue is full', { skip: noSmallDisk }, () => {
  let test: TestApp;
  let disk: SmallDisk;
  let http: Arrivals;
  let syslog: Arrivals;

  before(async () => {
    test = await openTestApp({
      listen: true,
      settings: { queue: { diskFreeBytesMin: 0 } },
      prepare: async (dataDir) => {
        disk = await smallDisk(32 * 1024 * 1024, join(dataDir, 'queue'));
        return () => disk.remove();
      },
    });
    http = await arrivalsOf(test, { listener: 'http' });
    syslog = await arrivalsOf(test, { listener: 'syslog', sender: '127.0.0.0/8' });
  });
  after(() => test.stop());

  const deliver = async ({ path, body }: (typeof PROTOCOLS)[number], text: string) => {
    const answer = await fetch(`${test.address}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${http.token}`, 'content-type': 'application/json' },
      body: body(`${text} ${PAD}`),
    });
    return { status: answer.status, retryAfter: Number(answer.headers.get('retry-after')) };
  };

  it('each protocol refuses so that its senders try again, and all goes on when there is room', async () => {
    for (const protocol of PROTOCOLS) assert.equal((await deliver(protocol, `${protocol.word}-room`)).status, 200);
    await disk.fill(0);
    for (const protocol of PROTOCOLS) {
      const { status, retryAfter } = await deliver(protocol, `${protocol.word}-full`);
      assert.equal(status, protocol.refusal, protocol.word);
      assert.ok(retryAfter > 0, `${protocol.word} says when to try again`);
    }
    // Syslog has no answer: its sender is slowed, and its connection stays.
    const { tcp } = needSyslogPorts(test.app.system);
    const socket = connect({ host: '127.0.0.1', port: tcp ?? 0 });
    await once(socket, 'connect');
    socket.write(`<13>1 - gw app - - - syslog-full ${PAD}\n`);
    const { health } = needCollector(test.app.system);
    const refusals = health.totals.rejected;
    assert.deepEqual(await deliver(PROTOCOLS[0], 'ingest-full').then(({ status }) => status), 507);
    assert.ok(health.totals.rejected > refusals, 'what is refused is counted');
    assert.equal(socket.closed, false);
    await disk.free();
    for (const protocol of PROTOCOLS) {
      await until(`${protocol.word} is taken again`, async () => {
        return (await deliver(protocol, `${protocol.word}-again`)).status === 200;
      });
    }
    for (const { word } of PROTOCOLS) {
      assert.equal((await http.stored(`${word}-room`, 1)).length, 1);
      assert.equal((await http.stored(`${word}-again`, 1)).length, 1);
      assert.equal((await http.stored(`${word}-`, 2)).length, 2, `${word}: what was refused is not kept`);
    }
    assert.equal((await syslog.stored('syslog-full', 1)).length, 1);
    socket.destroy();
  });
});
