import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openTestApp, type TestApp } from '../../../../test/support/app.ts';
import { type Arrivals, arrivalsOf } from '../../../../test/support/arrivals.ts';
import { pcapOf } from '../../../../test/support/pcap.ts';
import {
  freeListeners,
  makeCertificates,
  rsyslog,
  runToEnd,
  syslogNg,
  unless,
} from '../../../../test/support/senders.ts';
import { needCollector } from '../runtime.ts';

let test: TestApp;
let folder = '';
const withTls = unless('openssl') === false;
const ports = () => {
  const { listeners } = needCollector(test.app.system);
  assert.ok(listeners);
  return { ...listeners.syslog, netflow: listeners.netflow?.port };
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tongan-listeners-'));
  if (withTls) await makeCertificates(folder, 'gateway.test');
  test = await openTestApp({
    listen: true,
    settings: {
      ...freeListeners(folder),
      files: { roots: [folder] },
    },
  });
});
after(async () => {
  await test.stop();
  await rm(folder, { recursive: true, force: true });
});

/** 防火墙 */
const GB18030 = Buffer.from([0xb7, 0xc0, 0xbb, 0xf0, 0xc7, 0xbd]);
const numbered = (word: string, count: number): string =>
  Array.from({ length: count }, (_, number) => `${word} ${number}\n`).join('');

describe('syslog from programs of others', () => {
  let byAddress: Arrivals;
  before(async () => {
    byAddress = await arrivalsOf(test, { listener: 'syslog', sender: '127.0.0.0/8' });
  });

  it('comes from logger over UDP and TCP, in both formats and both framings', { skip: unless('logger') }, async () => {
    for (const [name, port, options] of [
      ['udp-5424', ports().udp, ['--udp', '--rfc5424']],
      ['udp-3164', ports().udp, ['--udp', '--rfc3164']],
      ['tcp-line', ports().tcp, ['--tcp', '--rfc5424']],
      ['tcp-counted', ports().tcp, ['--tcp', '--rfc5424', '--octet-count']],
    ] as const) {
      await runToEnd('logger', ['--server', '127.0.0.1', '--port', String(port), ...options, `logger ${name} 中文`]);
    }
    const texts = await byAddress.stored('logger', 4);
    assert.deepEqual(texts.map((text) => /logger (\S+) 中文$/.exec(text)?.[1]).sort(), [
      'tcp-counted',
      'tcp-line',
      'udp-3164',
      'udp-5424',
    ]);
  });

  it('comes from rsyslog over TLS, known by its certificate', { skip: unless('rsyslogd', 'openssl') }, async () => {
    const byCertificate = await arrivalsOf(test, { listener: 'syslog', sender: 'cert:gateway.test' });
    const sender = await rsyslog(`
      global(defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${folder}/ca.pem"
        defaultNetstreamDriverCertFile="${folder}/client.pem" defaultNetstreamDriverKeyFile="${folder}/client.key")
      module(load="imfile" mode="polling" pollingInterval="1")
      input(type="imfile" file="FOLDER/app.log" tag="app")
      action(type="omfwd" target="127.0.0.1" port="${ports().tls}" protocol="tcp" TCP_Framing="octet-counted"
        StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="127.0.0.1"
        template="RSYSLOG_SyslogProtocol23Format")`);
    await appendFile(join(sender.folder, 'app.log'), numbered('rsyslog-tls', 200));
    const texts = await byCertificate.stored('rsyslog-tls', 200).finally(() => sender.stop());
    assert.equal(new Set(texts).size, 200);
  });

  it('comes from syslog-ng over TLS with its own protocol', { skip: unless('syslog-ng', 'openssl') }, async () => {
    const sender = await syslogNg(`
      source s { file("FOLDER/app.log" flags(no-parse) follow-freq(1)); };
      destination d { syslog("127.0.0.1" port(${ports().tls}) transport("tls") tls(ca-file("${folder}/ca.pem")
        cert-file("${folder}/client.pem") key-file("${folder}/client.key") peer-verify(required-trusted))); };
      log { source(s); destination(d); };`);
    await appendFile(join(sender.folder, 'app.log'), numbered('syslog-ng-tls', 200));
    const source = await test.app.system.read(() =>
      needCollector(test.app.system).registry.byCertificate(['GATEWAY.test']),
    );
    assert.ok(source);
    await byAddress.storedOf(source.id, 'syslog-ng-tls', 200).finally(() => sender.stop());
  });
});

describe('flows from softflowd', { skip: unless('softflowd') }, () => {
  let flows: Arrivals;
  before(async () => {
    flows = await arrivalsOf(test, { listener: 'netflow', sender: '127.0.0.1' });
    const startMs = Date.now() - 60_000;
    const packets = Array.from({ length: 50 }, (_, number) => ({
      from: `10.45.1.${number + 1}`,
      to: '10.45.2.2',
      fromPort: 40_000 + number,
      toPort: 53,
      atMs: startMs + number * 10,
    }));
    await writeFile(join(folder, 'capture.pcap'), pcapOf(packets));
  });

  for (const [version, name] of [
    ['5', 'NetFlow 5'],
    ['9', 'NetFlow 9'],
    ['10', 'IPFIX'],
  ] as const) {
    it(`come as ${name}`, async () => {
      const target = `127.0.0.1:${ports().netflow}`;
      await runToEnd('softflowd', ['-r', join(folder, 'capture.pcap'), '-n', target, '-v', version]);
      const read = (await flows.stored(`"netflowVersion":${version}`, 50)).map((text) => JSON.parse(text));
      assert.equal(read.length, 50);
      assert.equal(new Set(read.map((flow) => flow.sourceIPv4Address)).size, 50);
      const [flow] = read;
      assert.deepEqual(
        [flow.destinationIPv4Address, flow.destinationTransportPort, flow.protocolIdentifier, flow.packetDeltaCount],
        ['10.45.2.2', 53, 17, 1],
      );
      assert.ok(Math.abs(Date.parse(flow.flowStartMilliseconds) - Date.now()) < 600_000, JSON.stringify(flow));
    });
  }
});

describe('files of the machine', () => {
  it('are followed inside the folders of the configuration only', async () => {
    const files = await arrivalsOf(test, { listener: 'file', sender: `${folder}/*.log` });
    await writeFile(join(folder, 'app.log'), Buffer.concat([Buffer.from('followed 1 '), GB18030, Buffer.from('\n')]));
    await appendFile(join(folder, 'app.log'), numbered('followed', 100));
    const texts = await files.stored('followed', 101);
    assert.equal(texts[0], 'followed 1 防火墙');
    await assert.rejects(arrivalsOf(test, { listener: 'file', sender: '/etc/*' }), {
      reason: 'source.sender.unreachable',
    });
    await assert.rejects(arrivalsOf(test, { listener: 'kafka', sender: 'topic' }), {
      reason: 'source.sender.unreachable',
    });
  });
});
