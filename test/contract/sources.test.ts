import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { normaliser } from '#domain/telemetry/normalise.ts';
import { loadSources } from '#domain/telemetry/sources.ts';
import { fieldNames } from '#engine/fields/aliases.ts';
import { openText, type SourceDefinition } from '#engine/formats/define.ts';

/**
 * Every folder of content/sources: its samples become exactly what stands beside them. After an intended change
 * `UPDATE_GOLDEN=1 node --test test/contract/sources.test.ts` rewrites the expectations; read the difference.
 */
const folder = resolve(import.meta.dirname, '../../content/sources');
const receivedAtMs = Date.UTC(2026, 4, 20, 2, 0, 0);
const context = { receivedAtMs, zone: 'Asia/Shanghai' };
const sources = await loadSources(folder);
const update = process.env.UPDATE_GOLDEN === '1';

/** Sources whose samples were taken from running systems, names and addresses replaced. */
const RECORDED = new Set([
  ...['apache-access', 'linux-auditd', 'linux-sshd', 'linux-sudo', 'linux-syslog', 'microsoft-windows', 'nginx-access'],
  ...['suricata-eve', 'tongan-api'],
]);

const isSample = (name: string): boolean => /\.(?:log|ndjson)$/.test(name);
const samplesOf = (id: string): string[] => readdirSync(join(folder, id, 'samples')).filter(isSample);
const linesOf = (path: string): string[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** An event as the expectation shows it: the time readable, the parsed parts only. */
function shown(source: SourceDefinition, text: string) {
  const event = source.parse(openText(text, context));
  return event === null ? null : { ...event, timeMs: undefined, time: new Date(event.timeMs).toISOString() };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

for (const [id, source] of sources) {
  describe(`source ${id}`, () => {
    test('every sample becomes what is expected of it', () => {
      assert.ok(samplesOf(id).length > 0, 'at least one sample');
      for (const sample of samplesOf(id)) {
        const path = join(folder, id, 'samples', sample);
        const expectedPath = path.replace(/\.[a-z]+$/, '.expected.json');
        const actual = plain(linesOf(path).map((line) => shown(source, line)));
        if (update) writeFileSync(expectedPath, `${JSON.stringify(actual, null, 2)}\n`);
        assert.deepEqual(actual, JSON.parse(readFileSync(expectedPath, 'utf8')), sample);
      }
    });

    test('samples are recognised without configuration, as this source or as one that reads the same format', () => {
      const normalise = normaliser(sources);
      for (const sample of samplesOf(id)) {
        for (const text of linesOf(join(folder, id, 'samples', sample))) {
          const event = normalise({ id: 'x-0', text, receivedAtMs, unitPath: '/450000/', sourceHint: '', sender: '' });
          const alike = id === 'apache-access' ? [id, 'nginx-access'] : [id];
          assert.ok(alike.includes(event.source), `${sample}: taken for ${event.source}: ${text.slice(0, 120)}`);
        }
      }
    });

    test('a sample made by hand says so in its name, and no other source is as sure of it', () => {
      for (const sample of samplesOf(id)) {
        assert.ok(RECORDED.has(id) || sample.includes('synthetic'), `${sample}: name it …-synthetic`);
        for (const text of linesOf(join(folder, id, 'samples', sample))) {
          const opened = openText(text, context);
          const sure = [...sources.values()].filter((other) => other.detect(opened) >= 0.9).map((other) => other.id);
          assert.ok(
            sure.every((other) => other === id),
            `${sure.join(', ')} all claim ${text.slice(0, 120)}`,
          );
        }
      }
    });

    test('every field is text, and every log source and field it gives is one it says it supplies', () => {
      const supplied = new Map(source.supplies.map((supply) => [JSON.stringify(supply.logsource), supply]));
      for (const sample of samplesOf(id)) {
        for (const text of linesOf(join(folder, id, 'samples', sample))) {
          const event = source.parse(openText(text, context));
          assert.ok(event, text);
          const { product, category, service } = event.logsource;
          const supply = supplied.get(JSON.stringify({ product, category, service }));
          assert.ok(supply, `log source ${product}/${category}/${service} is not in supplies`);
          for (const [name, value] of Object.entries(event.fields)) {
            assert.ok(typeof value === 'string' || value.every((item) => typeof item === 'string'), name);
            // A column has one value: names of one event that share it must agree.
            const speaking: string = fieldNames(name).find((other) => event.fields[other] !== undefined) ?? name;
            assert.deepEqual(event.fields[speaking], value, `${name} and ${speaking} share a column`);
            assert.ok(supply.open || supply.fields.includes(name), `field ${name} is not in supplies of ${service}`);
          }
        }
      }
    });

    test('text made to be slow to read is read', { timeout: 60_000 }, () => {
      const lines = samplesOf(id).map((sample) => linesOf(join(folder, id, 'samples', sample))[0] ?? '');
      for (const unit of [
        '\n',
        ',',
        ' ',
        '"',
        '[',
        '(',
        '=',
        'a=,',
        'node=',
        '%%01A',
        ' from 1.1.1.1',
        '[id "',
        '{"a":[',
      ]) {
        const long = unit.repeat(Math.ceil(250_000 / unit.length));
        for (const text of [
          long,
          `${long}x`,
          ...lines.flatMap((line) => [`${line}${long}x`, `${line.slice(0, 90)}${long}x`]),
        ]) {
          const opened = openText(text, { ...context, configured: true });
          source.detect(opened);
          source.parse(opened);
        }
      }
    });

    test('truncated, altered and random text neither throws nor gives anything but text', () => {
      const lines = samplesOf(id).flatMap((sample) => linesOf(join(folder, id, 'samples', sample)));
      const mutated = fc
        .tuple(fc.constantFrom(...lines), fc.nat(), fc.nat(), fc.string({ unit: 'binary', maxLength: 8 }))
        .map(([line, from, to, noise]) => {
          const [start, end] = [from % line.length, to % line.length].sort((a, b) => a - b);
          return line.slice(0, start) + noise + line.slice(end);
        });
      fc.assert(
        fc.property(fc.oneof(mutated, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
          const opened = openText(text, context);
          assert.ok(source.detect(opened) >= 0 && source.detect(opened) <= (source.sureAtMost ?? 1));
          const event = source.parse(opened) ?? source.parse(openText(text, { ...context, configured: true }));
          if (event === null) return;
          assert.ok(Number.isFinite(event.timeMs));
          for (const value of Object.values(event.fields)) {
            assert.ok(typeof value === 'string' || value.every((item) => typeof item === 'string'));
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}
