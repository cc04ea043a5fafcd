import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { eventsOf } from '#app/cli/rules-cases.ts';
import type { Condition } from '#engine/condition/condition.ts';
import { evaluate } from '#engine/condition/evaluate.ts';
import { logSourceSql, toSql } from '#engine/condition/sql.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { toRow } from '#engine/fields/row.ts';
import { categoriesOf, inScope } from '#engine/sigma/logsource.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { parseRules } from '#engine/sigma/parse.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { EventConnection } from '#platform/eventstore/connection.ts';
import { openEmbedded } from '#platform/eventstore/embedded.ts';
import { eventTableSql } from '../../src/domain/telemetry/event-table.ts';
import { normaliser } from '../../src/domain/telemetry/normalise.ts';
import { loadSources } from '../../src/domain/telemetry/sources.ts';
import { recordedLines, recordingsIn } from '../support/recordings.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { rulesWithCases } from '../support/rule-cases.ts';
import { anyCondition, anyEvent } from '../support/sigma-arbitraries.ts';
import { CASE_PLACEHOLDERS, ruleText, SIGMA_CASES } from '../support/sigma-cases.ts';

/** The parser's bounds of the store, raised for many rules in one statement. */
const LIMITS = 'SETTINGS max_query_size = 100000000, max_ast_elements = 5000000, max_expanded_ast_elements = 5000000';

/** A store of events in a folder of its own, and the rules' answers from it. */
class Store {
  private readonly folder: string;
  readonly connection: EventConnection;

  private constructor(folder: string) {
    this.folder = folder;
    this.connection = openEmbedded(join(folder, 'events'));
  }

  static async open(): Promise<Store> {
    const store = new Store(await mkdtemp(join(tmpdir(), 'tongan-sigma-')));
    // Recordings are years old: without the time to live they stay.
    await store.connection.command(eventTableSql().replace(/^TTL .*$/m, ''), {});
    return store;
  }

  async insert(events: readonly SecurityEvent[]): Promise<void> {
    await this.connection.command('TRUNCATE TABLE event', {});
    const lines = events.map((event) => JSON.stringify(toRow(event))).join('\n');
    await this.connection.insert('event', Buffer.from(lines), {});
  }

  /** Ids of the events for which each rule is true, by rule id. */
  async answers(rules: readonly SigmaRule[]): Promise<Map<string, string[]>> {
    const params: Record<string, string> = {};
    const columns = rules.map((rule, index) => {
      const scope = logSourceSql(rule.logsource, categoriesOf(rule.logsource.category), `l${index}_`);
      const condition = toSql(rule.condition, `p${index}_`);
      Object.assign(params, scope.params, condition.params);
      return `groupArrayIf(event_id, ${scope.text} AND ${condition.text}) AS r${index}`;
    });
    const text = await this.connection.query(
      `SELECT ${columns.join(', ')} FROM event ${LIMITS} FORMAT JSONEachRow`,
      params,
    );
    const row: Record<string, string[]> = JSON.parse(text);
    return new Map(rules.map((rule, index) => [rule.id, (row[`r${index}`] ?? []).sort()]));
  }

  async close(): Promise<void> {
    await this.connection.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const event = (id: string, fields: Readonly<Record<string, FieldValue>>): SecurityEvent => ({
  id,
  timeMs: 1_700_000_000_000,
  receivedAtMs: 1_700_000_000_000,
  source: 'test',
  logsource: { product: 'windows', category: '', service: '' },
  unitPath: '/',
  fields,
  raw: '',
  problem: '',
});

describe('Sigma over stored events', () => {
  let store: Store;
  before(async () => {
    store = await Store.open();
  });
  after(() => store.close());

  it('finds in the store exactly what it finds live, feature by feature', async () => {
    const samples = new Map<string, SecurityEvent>();
    for (const { hits, misses } of SIGMA_CASES) {
      for (const fields of [...hits, ...misses]) {
        const key = JSON.stringify(fields);
        samples.set(key, event(String(samples.size), fields));
      }
    }
    const events = [...samples.values()];
    await store.insert(events);
    const rules = SIGMA_CASES.flatMap(({ detection }, index) => {
      const text = ruleText(detection).replace('000000000001', String(index).padStart(12, '0'));
      const { documents } = parseRules(text, 'case.yml', { placeholders: CASE_PLACEHOLDERS });
      return documents.flatMap((document) => (document.kind === 'rule' ? [document] : []));
    });
    assert.equal(rules.length, SIGMA_CASES.length);
    const answers = await store.answers(rules);
    rules.forEach((rule, index) => {
      const live = events.filter((sample) => evaluate(rule.condition, sample)).map((sample) => sample.id);
      assert.deepEqual(answers.get(rule.id), live.sort(), SIGMA_CASES[index]?.name);
    });
  });

  it('our own rules find in the store what they find live, on every case beside them', async () => {
    const files = rulesWithCases();
    const { rules } = loadPack(files);
    const matcher = compileRules(rules);
    const normalise = normaliser(await loadSources());
    const cases = files.flatMap(({ hits, misses }) => [...hits, ...misses]);
    const events = cases.flatMap((ruleCase, index) =>
      // A sequence repeats itself: its first events and its last are enough here.
      [...eventsOf(ruleCase, normalise)]
        .filter((_, at, all) => at < 2 || at === all.length - 1)
        .map((one) => ({ ...one, id: `${index}-${one.id}` })),
    );
    await store.insert(events);
    const answers = await store.answers(rules);
    for (const rule of rules) {
      const live = events.filter((one) => matcher.match(one).some(({ ruleId }) => ruleId === rule.id));
      assert.notEqual(live.length, 0, `${rule.title}: a case`);
      assert.deepEqual(answers.get(rule.id), live.map(({ id }) => id).sort(), rule.title);
    }
  });

  it('finds in the store what it finds live, for arbitrary conditions and events', async () => {
    const seed = 20_260_506;
    const samples = fc.sample(anyEvent, { numRuns: 90, seed }).map((one, id) => ({ ...one, id: String(id) }));
    const addresses = fc.sample(fc.ipV6(), { numRuns: 40, seed });
    const odd = [
      '::',
      '::1',
      '::ffff:10.1.2.3',
      '::10.1.2.3',
      '1::2::3',
      ':::',
      '10.1.2.3.4',
      'fe80::1%eth0',
      '1:2:3:4:5:6:7::',
      '::2:3:4:5:6:7:8',
    ];
    const events = [...samples, ...[...addresses, ...odd].map((text, at) => event(`ip${at}`, { src_ip: text }))];
    await store.insert(events);
    const networks = ['::/0', '8000::/1', '::ffff:0:0/96', '10.0.0.0/8', '::/8', 'fe80::/10'];
    const conditions: Condition[] = [
      ...fc.sample(anyCondition, { numRuns: 50, seed }),
      ...networks.map((network): Condition => ({ kind: 'field', field: 'src_ip', test: { op: 'cidr', network } })),
    ];
    const [pattern] = parseRules(ruleText('selection:\n  a: b\ncondition: selection'), 'case.yml').documents;
    assert(pattern?.kind === 'rule');
    const rules = conditions.map((condition, index) => ({ ...pattern, id: String(index), condition }));
    const answers = await store.answers(rules);
    for (const rule of rules) {
      const live = events.filter((one) => evaluate(rule.condition, one)).map((one) => one.id);
      assert.deepEqual(answers.get(rule.id), live.sort(), JSON.stringify(rule.condition));
    }
  });

  it('interpreter, matcher and store agree on published rules and recorded attacks', async (t) => {
    const rulesFolder = referenceData('sigma');
    const recordings = referenceData('windows-attacks');
    if (!rulesFolder || !recordings) return t.skip(withoutReferenceData('sigma, windows-attacks'));
    const names = await readdir(rulesFolder, { recursive: true });
    const files = names.filter((name) => /^rules[^/]*\/.*\.yml$/.test(name)).sort();
    const texts = await Promise.all(
      files.map(async (file) => ({ file, text: await readFile(join(rulesFolder, file), 'utf8') })),
    );
    const { rules } = loadPack(texts);
    const matcher = compileRules(rules);
    const normalise = normaliser(await loadSources());
    const events: SecurityEvent[] = [];
    const live = new Map<string, string[]>();
    let read = 0;
    for (const path of recordingsIn(recordings)) {
      for await (const text of recordedLines(path, 120)) {
        const line = { id: String(read), text, receivedAtMs: 0, sourceHint: '', unitPath: '/', sender: '' };
        read += 1;
        const sample = normalise(line);
        const hits = matcher.match(sample);
        if (hits.length === 0 && read % 40 !== 0) continue;
        events.push(sample);
        for (const { ruleId } of hits) live.set(ruleId, [...(live.get(ruleId) ?? []), sample.id]);
      }
    }
    // Every rule that found something, and each fortieth of the others.
    const sampled = rules.filter((rule, index) => live.has(rule.id) || index % 40 === 0);
    for (const rule of sampled) {
      const naive = events.filter((one) => inScope(rule.logsource, one.logsource) && evaluate(rule.condition, one));
      assert.deepEqual(
        live.get(rule.id) ?? [],
        naive.map((one) => one.id),
        `matcher and interpreter: ${rule.title}`,
      );
    }
    await store.insert(events);
    for (let from = 0; from < sampled.length; from += 60) {
      const part = sampled.slice(from, from + 60);
      const answers = await store.answers(part);
      for (const rule of part) {
        assert.deepEqual(answers.get(rule.id), (live.get(rule.id) ?? []).sort(), `matcher and store: ${rule.title}`);
      }
    }
    t.diagnostic(`${sampled.length} rules, ${live.size} of them with hits, ${events.length} of ${read} events`);
    assert(live.size > 40);
  });
});
