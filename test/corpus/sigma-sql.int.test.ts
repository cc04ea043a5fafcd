import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { eventsOf } from '#app/cli/rules-cases.ts';
import type { Condition } from '#engine/condition/condition.ts';
import { evaluate } from '#engine/condition/evaluate.ts';
import { ANY, type Pattern } from '#engine/condition/pattern.ts';
import { ConditionPack, logSourceSql, toSql } from '#engine/condition/sql.ts';
import type { FieldValue, SecurityEvent } from '#engine/fields/event.ts';
import { fromRow, toRow } from '#engine/fields/row.ts';
import { Correlator } from '#engine/sigma/correlator.ts';
import { categoriesOf, inScope } from '#engine/sigma/logsource.ts';
import { compileRules } from '#engine/sigma/matcher.ts';
import { loadPack } from '#engine/sigma/pack.ts';
import { parseRules } from '#engine/sigma/parse.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { EventConnection } from '#platform/eventstore/connection.ts';
import { openEmbedded } from '#platform/eventstore/embedded.ts';
import type { EventSql } from '#platform/eventstore/reader.ts';
import { pageSql } from '../../src/domain/detection/history-sql.ts';
import { eventTableSql, ledgerColumnsSql } from '../../src/domain/telemetry/event-table.ts';
import { normaliser } from '../../src/domain/telemetry/normalise.ts';
import { loadSources } from '../../src/domain/telemetry/sources.ts';
import { conformanceCases, sequenceCases } from '../support/conformance.ts';
import { recordedLines, recordingsIn } from '../support/recordings.ts';
import { referenceData, withoutReferenceData } from '../support/reference-data.ts';
import { rulesWithCases } from '../support/rule-cases.ts';
import { anyCondition, anyEvent } from '../support/sigma-arbitraries.ts';

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
    for (const statement of ledgerColumnsSql().split(/;\n/).slice(0, -1)) await store.connection.command(statement, {});
    return store;
  }

  async insert(events: readonly SecurityEvent[]): Promise<void> {
    await this.connection.command('TRUNCATE TABLE event', {});
    const lines = events.map((event) => JSON.stringify(toRow(event))).join('\n');
    await this.connection.insert('event', Buffer.from(lines), {});
  }

  /** Ids of the events for which each rule is true, by rule id: the same whether the rules are asked one by one or packed. */
  async answers(rules: readonly SigmaRule[]): Promise<Map<string, string[]>> {
    const answers = await this.singleAnswers(rules);
    const packed = await this.packedAnswers(rules);
    for (const { id, title } of rules) assert.deepEqual(packed.get(id), answers.get(id), `packed: ${title}`);
    return answers;
  }

  private async singleAnswers(rules: readonly SigmaRule[]): Promise<Map<string, string[]>> {
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

  /** The same from rules that share one query as in a run over history. */
  private async packedAnswers(rules: readonly SigmaRule[]): Promise<Map<string, string[]>> {
    const pack = new ConditionPack();
    const params: Record<string, unknown> = {};
    const columns = rules.map((rule, index) => {
      const scope = logSourceSql(rule.logsource, categoriesOf(rule.logsource.category), `l${index}_`);
      Object.assign(params, scope.params);
      return `groupArrayIf(event_id, ${scope.text} AND ${pack.write(rule.condition)}) AS r${index}`;
    });
    const from = `SELECT ${['event_id', 'product', 'category', 'service', ...pack.selected].join(', ')} FROM event`;
    const text = await this.connection.query(
      `SELECT ${columns.join(', ')} FROM (${from}) ${LIMITS} FORMAT JSONEachRow`,
      { ...params, ...pack.params },
    );
    const row: Record<string, string[]> = JSON.parse(text);
    return new Map(rules.map((rule, index) => [rule.id, (row[`r${index}`] ?? []).sort()]));
  }

  async rows({ text, params }: EventSql): Promise<Record<string, unknown>[]> {
    const answer = await this.connection.query(`${text} FORMAT JSONEachRow`, params ?? {});
    return answer.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  }

  async close(): Promise<void> {
    await this.connection.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Every event of every recording and every rule in the store, instead of a sample: takes a long while. */
const FULL = process.env.TONGAN_TEST_FULL === 'true';
/** The sample: one line of so many, the same ones in every run. */
const ONE_OF_LINES = 10;
/** Of the rules without a hit; reading a query costs the store more than answering it. */
const ONE_OF_RULES = 20;
const BATCH = 20_000;
const RULES_PER_QUERY = 150;

/** Whether the line with this number is drawn; lines stand side by side in kinds, so that every n-th would miss some. */
const drawn = (number: number, oneOf: number): boolean => (Math.imul(number, 2_654_435_761) >>> 0) % oneOf === 0;

async function publishedRules(folder: string): Promise<readonly SigmaRule[]> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => /^rules[^/]*\/.*\.yml$/.test(name)).sort();
  const texts = files.map(async (file) => ({ file, text: await readFile(join(folder, file), 'utf8') }));
  const { rules } = loadPack(await Promise.all(texts));
  assert(rules.length > 3_700);
  return rules;
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

/** A rule for all events of Windows, to be given a condition. */
function anyRule(): SigmaRule {
  const [rule] = parseRules(
    'title: t\nlogsource: { product: windows }\ndetection: { s: { a: b }, condition: s }\n',
    'case.yml',
  ).documents;
  assert(rule?.kind === 'rule');
  return rule;
}

/** The text as the whole value, at its beginning, at its end and anywhere. */
const patternsOf = (text: string): Pattern[] => [[{ text }], [{ text }, ANY], [ANY, { text }], [ANY, { text }, ANY]];

describe('Sigma over stored events', () => {
  let store: Store;
  before(async () => {
    store = await Store.open();
  });
  after(() => store.close());

  it('finds in the store exactly what it finds live, feature by feature', async () => {
    const cases = conformanceCases();
    const events = cases.flatMap(({ hits, misses }) => [...hits, ...misses]);
    await store.insert(events);
    const rules = cases.flatMap(({ pack }) => pack.rules.at(-1) ?? []);
    assert.equal(rules.length, cases.length);
    const answers = await store.answers(rules);
    for (const [index, rule] of rules.entries()) {
      const live = events.filter((one) => inScope(rule.logsource, one.logsource) && evaluate(rule.condition, one));
      assert.deepEqual(answers.get(rule.id), live.map(({ id }) => id).sort(), cases[index]?.feature);
    }
  });

  it('correlations over stored events raise what they raise live, feature by feature', async () => {
    const cases = sequenceCases().flatMap(({ feature, pack, hits, misses }) => [
      ...hits.map((events) => ({ feature, pack, events, fires: true })),
      ...misses.map((events) => ({ feature, pack, events, fires: false })),
    ]);
    // Each sequence in a unit of its own: a run over history looks at one unit's events.
    const unitOf = (index: number): string => `/${index + 1}/`;
    await store.insert(
      cases.flatMap(({ events }, index) => events.map((one) => ({ ...one, unitPath: unitOf(index) }))),
    );
    for (const [index, { feature, pack, events, fires }] of cases.entries()) {
      const heads = [...pack.rules, ...pack.correlations];
      const idOf = (name: string) => heads.find((head) => head.name === name || head.id === name)?.id;
      const correlator = new Correlator(pack.correlations, idOf);
      const counted = pack.rules.filter(({ id }) => correlator.wanted.has(id));
      const times = events.map(({ timeMs }) => timeMs);
      const past = { fromMs: Math.min(...times), toMs: Math.max(...times) + 1, unitPath: unitOf(index) };
      const fields = counted.flatMap(({ id }) => correlator.fieldsRead(id));
      const rows = await store.rows(pageSql(past, counted, fields, undefined, 1_000));
      const found = rows.flatMap((row) => {
        const one = fromRow(row);
        return counted.flatMap(({ id }, at) => (row[`m${at}`] === 1 ? [{ ruleId: id, event: one }] : []));
      });
      const raised = [...correlator.feed(found, 0).hits, ...correlator.feed([], past.toMs + 40 * 86_400_000).hits];
      const last = pack.correlations.at(-1)?.id;
      const about = `${feature}: ${JSON.stringify(events.map((one) => one.fields))}`;
      assert.equal(
        raised.some(({ correlation }) => correlation.id === last),
        fires,
        about,
      );
    }
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
    // Packed rules put control characters around values: those of a value itself must not be taken for them.
    const marks = ['a', '\u0001a', 'a\u0002', '\u0001a\u0002', 'b\u0002\u0001a', '\u0003a', 'ab', 'ba', '', 'A'];
    const marked = [...marks, ['b', 'a'], ['ab', 'ba'], [''], ['b', '']];
    const events = [
      ...samples,
      ...[...addresses, ...odd].map((text, at) => event(`ip${at}`, { src_ip: text })),
      ...marked.map((Odd, at) => event(`odd${at}`, { Odd })),
      ...marks.map((CommandLine, at) => event(`command${at}`, { CommandLine })),
    ];
    await store.insert(events);
    const networks = ['::/0', '8000::/1', '::ffff:0:0/96', '10.0.0.0/8', '::/8', 'fe80::/10'];
    const conditions: Condition[] = [
      ...fc.sample(anyCondition, { numRuns: 50, seed }),
      ...['CommandLine', 'Odd'].flatMap((field) =>
        marks.flatMap((text) =>
          patternsOf(text).map(
            (pattern): Condition => ({ kind: 'field', field, test: { op: 'text', pattern, cased: false } }),
          ),
        ),
      ),
      ...networks.map((network): Condition => ({ kind: 'field', field: 'src_ip', test: { op: 'cidr', network } })),
    ];
    const rules = conditions.map((condition, index) => ({ ...anyRule(), id: String(index), condition }));
    const answers = await store.answers(rules);
    for (const rule of rules) {
      const live = events.filter((one) => evaluate(rule.condition, one)).map((one) => one.id);
      assert.deepEqual(answers.get(rule.id), live.sort(), JSON.stringify(rule.condition));
    }
  });

  it('finds keywords in original texts, also where marks of templates break them up', async () => {
    const texts: readonly (readonly [raw: string, fields: Record<string, string>, keywords: readonly string[]])[] = [
      [
        JSON.stringify({ a: 'line\nmimikatz tool' }),
        { Image: 'mimikatz tool' },
        ['nmimikatz', 'Mimikatz Tool', 'line'],
      ],
      [JSON.stringify({ m: 'kerberos::golden' }), { Odd: ':golden' }, ['kerberos::golden', 's::g', 'golden']],
      ['{"n":12345 ,"m":"x"}', { Odd: '12345' }, ['12345 ,', '45 ,']],
      ['{"t":"2023-11-14 22:13:20.000Z and more"}', {}, ['20.000z and', '13:20']],
      ['user mimikatz came', { Odd: 'katz' }, ['mimikatz', 'mikatz came']],
      [JSON.stringify({ a: 'zzone\ntwoyy' }), { Odd: 'one\ntwo' }, ['zzone', 'twoyy', 'one']],
      [
        JSON.stringify({ a: 'C:\\temp\\tool.exe', b: 'user: admin' }),
        { User: 'admin' },
        ['temp\\\\tool', 'user: adm', 'tool.exe'],
      ],
    ];
    const events = texts.map(([raw, fields], at) => ({ ...event(String(at), fields), raw }));
    await store.insert(events);
    const keywords = texts.flatMap(([, , own]) => own);
    const rules = keywords.map((text, index) => ({
      ...anyRule(),
      id: String(index),
      condition: { kind: 'keyword', test: { op: 'text', pattern: [ANY, { text }, ANY], cased: false } } as const,
    }));
    const answers = await store.answers(rules);
    for (const [index, rule] of rules.entries()) {
      const live = events.filter((one) => evaluate(rule.condition, one)).map(({ id }) => id);
      assert.notEqual(live.length, 0, keywords[index]);
      assert.deepEqual(answers.get(rule.id), live.sort(), keywords[index]);
    }
  });

  it('interpreter, matcher and store agree, hit by hit, on all published rules and recorded attacks', async (t) => {
    const rulesFolder = referenceData('sigma');
    const recordings = referenceData('windows-attacks');
    if (!rulesFolder || !recordings) return t.skip(withoutReferenceData('sigma, windows-attacks'));
    const rules = await publishedRules(rulesFolder);
    const matcher = compileRules(rules);
    const normalise = normaliser(await loadSources());
    const fired = new Set<string>();
    const sums = { read: 0, compared: 0, hits: 0, asked: 0 };
    let batch: SecurityEvent[] = [];
    const compare = async (): Promise<void> => {
      const live = new Map<string, string[]>();
      for (const one of batch) {
        for (const { ruleId } of matcher.match(one)) live.set(ruleId, [...(live.get(ruleId) ?? []), one.id]);
      }
      for (const rule of rules) {
        const naive = batch.filter((one) => inScope(rule.logsource, one.logsource) && evaluate(rule.condition, one));
        const ids = naive.map(({ id }) => id);
        assert.deepEqual(live.get(rule.id) ?? [], ids, `matcher and interpreter: ${rule.title}`);
        if (ids.length > 0) fired.add(rule.id);
        sums.hits += ids.length;
      }
      await store.insert(batch);
      const asked = rules.filter(({ id }, index) => FULL || live.has(id) || drawn(index + 1, ONE_OF_RULES));
      sums.asked = Math.max(sums.asked, asked.length);
      for (let from = 0; from < asked.length; from += RULES_PER_QUERY) {
        const part = asked.slice(from, from + RULES_PER_QUERY);
        const answers = await store.answers(part);
        for (const rule of part) {
          assert.deepEqual(answers.get(rule.id), (live.get(rule.id) ?? []).sort(), `matcher and store: ${rule.title}`);
        }
      }
      sums.compared += batch.length;
      batch = [];
    };
    for (const path of recordingsIn(recordings)) {
      for await (const text of recordedLines(path)) {
        sums.read += 1;
        if (!FULL && !drawn(sums.read, ONE_OF_LINES)) continue;
        const line = { id: String(sums.read), text, receivedAtMs: 0, sourceHint: '', unitPath: '/', sender: '' };
        const one = normalise(line);
        // Without a hit the rules say little of an event: one of forty of these is enough.
        if (FULL || drawn(sums.read, ONE_OF_LINES * 40) || matcher.match(one).length > 0) batch.push(one);
        if (batch.length >= BATCH) await compare();
      }
    }
    await compare();
    const { read, compared, hits, asked } = sums;
    t.diagnostic(`${rules.length} rules, ${asked} of them in the store, ${fired.size} fired`);
    t.diagnostic(`${compared} of ${read} events compared, ${hits} hits`);
    assert(fired.size > 60 && hits > 300);
  });
});
