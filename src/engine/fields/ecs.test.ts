import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toEcs } from './ecs.ts';
import type { SecurityEvent } from './event.ts';

const event = (fields: SecurityEvent['fields'], category = 'firewall'): SecurityEvent => ({
  id: 's-0',
  timeMs: Date.UTC(2026, 4, 20, 2),
  receivedAtMs: Date.UTC(2026, 4, 20, 2),
  source: 'any',
  logsource: { product: 'any', category, service: 'traffic' },
  unitPath: '/450000/',
  fields,
  raw: 'text',
  problem: '',
});
const firewall = { vendor: 'Vendor', product: 'Gate', onlooker: true };

test('both ends, transport, sums and what was done under the names of ECS', () => {
  const document = toEcs(
    event({
      ...{ hostname: 'GX-FW-01', src_ip: '192.0.2.10', dst_ip: 'files.example', protocol: 'TCP', user: 'DEPT\\zhang' },
      ...{ bytes_out: '9000', bytes_in: '812', action: 'deny', duration: '12', severity: 'notice' },
    }),
    firewall,
  );
  assert.equal(document['@timestamp'], '2026-05-20T02:00:00.000Z');
  assert.deepEqual([document['source.address'], document['source.ip']], ['192.0.2.10', '192.0.2.10']);
  assert.deepEqual([document['destination.domain'], document['destination.ip']], ['files.example', undefined]);
  assert.deepEqual([document['user.domain'], document['user.name']], ['DEPT', 'zhang']);
  assert.deepEqual([document['network.transport'], document['network.bytes']], ['tcp', '9812']);
  assert.deepEqual([document['event.type'], document['event.category']], ['denied', 'network']);
  assert.equal(document['event.duration'], '12000000000');
  assert.deepEqual([document['event.severity'], document['log.level']], [undefined, 'notice']);
  assert.deepEqual([document['observer.name'], document['host.hostname']], ['GX-FW-01', undefined]);
});

test('what a server says of itself is a host, and a request has the parts of its address', () => {
  const request = {
    hostname: 'web-1.dept.example',
    'cs-uri': 'https://app.dept.example:8443/a?b=c',
    'sc-status': '503',
  };
  const document = toEcs(event({ ...request, 'cs-version': 'HTTP/1.1' }, 'webserver'), {
    ...firewall,
    onlooker: false,
  });
  assert.deepEqual([document['host.hostname'], document['observer.name']], ['web-1', undefined]);
  assert.deepEqual(
    [document['url.domain'], document['url.port'], document['url.scheme']],
    ['app.dept.example', '8443', 'https'],
  );
  assert.deepEqual(
    [document['event.outcome'], document['event.type'], document['http.version']],
    ['failure', 'access', '1.1'],
  );
});
