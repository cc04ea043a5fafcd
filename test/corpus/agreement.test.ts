import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { normaliser, UNPARSED } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import { toRow } from '#engine/fields/row.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';

/**
 * Agreement with another platform's parsers on samples of the same products: a yardstick, not an oracle. Known reasons
 * for a difference: they shorten host names, rewrite IPv6 addresses, read a time without zone as UTC, take the account
 * that wrote a Windows record for its user, and count an absent user agent as "-".
 */
const folder = referenceData('intake-samples');
const skip = folder === undefined ? withoutReferenceData('intake-samples') : false;

const SOURCE_OF: Readonly<Record<string, string>> = {
  apache: 'apache-access',
  nginx: 'nginx-access',
  openssh: 'linux-sshd',
  suricata: 'suricata-eve',
  windows: 'microsoft-windows',
  winlogbeat: 'microsoft-windows',
};

/** Their field and our columns: any of ours may hold it. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'source.ip': ['source_ip'],
  'source.port': ['source_port'],
  'http.request.method': ['http_method'],
  'http.response.status_code': ['http_status'],
  'url.path': ['url_path'],
  'url.query': ['url_query'],
  'user_agent.original': ['user_agent'],
  'event.code': ['event_code'],
  'process.executable': ['process_executable', 'process_name', 'source_image'],
  'process.parent.executable': ['parent_executable'],
  'process.command_line': ['process_command_line'],
  'dns.question.name': ['dns_question'],
  'registry.path': ['registry_path'],
  'host.name': ['host'],
};

const sample = z.object({ input: z.object({ message: z.string() }), expected: z.record(z.string(), z.unknown()) });

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => {
    return typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  }, value);
}

const comparable = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('"', '')
    .replace(/^::ffff:/, '');

test('nine of ten fields agree with the reference samples of our products', { skip }, async (t) => {
  const normalise = normaliser(await loadSources());
  let agreed = 0;
  let unparsed = 0;
  const differences: string[] = [];
  for (const [product, sourceHint] of Object.entries(SOURCE_OF)) {
    for (const file of readdirSync(join(folder ?? '', product))) {
      const { input, expected } = sample.parse(JSON.parse(readFileSync(join(folder ?? '', product, file), 'utf8')));
      // Their samples of OpenSSH are what syslog carries, without its header.
      const text = product === 'openssh' ? `<38>May 20 09:58:00 host sshd[1]: ${input.message.trim()}` : input.message;
      const line = {
        id: 'a-0',
        text,
        receivedAtMs: Date.UTC(2026, 4, 20),
        unitPath: '/450000/',
        sourceHint,
        sender: '',
      };
      const event = normalise(line);
      if (event.source === UNPARSED) unparsed += 1;
      const row = toRow(event);
      for (const [path, columns] of Object.entries(COLUMNS)) {
        const wanted = at(expected, path);
        if (typeof wanted !== 'string' && typeof wanted !== 'number') continue;
        const ours = columns.map((column) => comparable(row[column] ?? ''));
        const theirs = comparable(String(wanted));
        const same = ours.some((value) => value === theirs || (path === 'host.name' && value.startsWith(`${theirs}.`)));
        if (same) agreed += 1;
        else differences.push(`${product}/${file} ${path}: ${theirs.slice(0, 60)} / ${ours.join(' ').slice(0, 60)}`);
      }
    }
  }
  const rate = agreed / (agreed + differences.length);
  t.diagnostic(`${agreed} agree, ${differences.length} differ (${(rate * 100).toFixed(1)} %), ${unparsed} unparsed`);
  assert.ok(rate >= 0.9, differences.join('\n'));
  assert.ok(unparsed <= 3);
});
