import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ConfigError, loadConfig, settings } from './config.ts';

const faultsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults;
  }
  return [];
};

test('without any setting the platform is embedded, on loopback, in production', () => {
  const config = loadConfig({});
  assert.equal(config.environment, 'production');
  assert.equal(config.http.host, '127.0.0.1');
  assert.equal(config.postgres.url, undefined);
});

test('variables win over the file, and a blank variable counts as unset', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tongan-config-')), 'config.json');
  writeFileSync(file, JSON.stringify({ http: { port: 9000, host: '0.0.0.0' }, installation: 'nanning' }));
  const config = loadConfig({ TONGAN_HTTP_PORT: '9001', TONGAN_INSTALLATION: '' }, file);
  assert.deepEqual([config.http.port, config.http.host, config.installation], [9001, '0.0.0.0', 'nanning']);
});

test('all faults are listed at once: unknown variables, wrong types, unlawful retention', () => {
  const faults = faultsOf(() =>
    loadConfig({ TONGAN_HTTP_PROT: '1', TONGAN_HTTP_PORT: 'many', TONGAN_LOG_LEVEL: 'loud' }),
  );
  assert.equal(faults.length, 3);
  assert.match(faults.join('\n'), /TONGAN_HTTP_PROT: no such setting/);
  assert.match(faults.join('\n'), /http\.port/);
  assert.match(faults.join('\n'), /log\.level/);
});

test('production refuses to keep events for less than six months, a demo may', () => {
  assert.match(faultsOf(() => loadConfig({ TONGAN_RETENTION_EVENT_DAYS: '30' })).join(), /legal minimum/);
  assert.equal(loadConfig({ TONGAN_RETENTION_EVENT_DAYS: '30', TONGAN_ENVIRONMENT: 'demo' }).retention.eventDays, 30);
});

test('a process that does a part of the work must share its queue and stores with others', () => {
  const faults = faultsOf(() => loadConfig({ TONGAN_ROLES: 'collect' }));
  assert.match(faults.join(), /set nats\.servers, postgres\.url, clickhouse\.url/);
  const servers = {
    TONGAN_NATS_SERVERS: 'nats://a:4222, nats://b:4222',
    TONGAN_POSTGRES_URL: 'postgres://db/tongan',
    TONGAN_CLICKHOUSE_URL: 'http://events:8123',
  };
  assert.deepEqual(loadConfig({ TONGAN_ROLES: 'collect,api', ...servers }).nats.servers, [
    'nats://a:4222',
    'nats://b:4222',
  ]);
  assert.match(faultsOf(() => loadConfig({ TONGAN_ROLES: 'colect', ...servers })).join(), /"colect" is not one of/);
  assert.match(
    faultsOf(() => loadConfig({ TONGAN_NATS_SERVERS: 'nats://a:4222' })).join(),
    /postgres\.url and clickhouse/,
  );
});

test('a broken file is named with its fault', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tongan-config-')), 'config.json');
  writeFileSync(file, '{ "http": ');
  assert.match(faultsOf(() => loadConfig({}, file)).join(), /config\.json: .*JSON/);
  assert.match(faultsOf(() => loadConfig({}, '/nowhere.json')).join(), /does not exist/);
});

test('every setting says what it means', () => {
  for (const { variable, description } of settings()) assert.ok(description.length > 5, variable);
  const standards = new Map(settings().map(({ variable, standard }) => [variable, standard]));
  assert.equal(standards.get('TONGAN_ROLES'), 'collect,detect,work,api');
  assert.equal(standards.get('TONGAN_NATS_TOKEN'), '');
});

test('every setting has its own variable', () => {
  const variables = settings().map(({ variable }) => variable);
  assert.equal(new Set(variables).size, variables.length);
  assert.ok(variables.includes('TONGAN_QUEUE_BYTES_MAX'));
});

test('whose word about addresses is believed is yes, no, or a list of addresses and networks', () => {
  const trusted = (value: string) => loadConfig({ TONGAN_HTTP_TRUST_PROXY: value }).http.trustProxy;
  assert.deepEqual(['true', 'false', '', '127.0.0.1', '10.1.0.0/16, fd00::/8'].map(trusted), [
    true,
    false,
    false,
    ['127.0.0.1'],
    ['10.1.0.0/16', 'fd00::/8'],
  ]);
  for (const wrong of ['proxy.example', '10.0.0.0/40', '10.0.0.0/8/8', ',']) {
    assert.match(faultsOf(() => trusted(wrong)).join(), /http\.trustProxy/, wrong);
  }
});
