import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type Client, connect, LIST_OPTIONS, PLATFORM_OPTIONS, Refused } from './client.ts';
import type { Io } from './command.ts';
import { aligned, formatOf, ID, isDay, limitOf, PAGE } from './words.ts';

/** What moves with every change, and what says how well a day is known: neither is a difference between two days. */
const NOT_COMPARED = new Set(['version', 'changedAt', 'lastSeenAt', 'retiredAt', 'dueOn', 'unknown', 'knownFrom']);
/** What is not always known of a day: compared where it is known of both. */
const KNOWN_OR_NULL = new Set(['duty', 'marks']);
const A_DAY = 'a day such as 2026-03-01';

const Unit = z.object({ path: z.string(), name: z.string() });
const Asset = z.looseObject({
  id: z.string(),
  name: z.string(),
  class: z.string(),
  state: z.string(),
  unit: Unit,
  addresses: z.array(z.string()),
  hosts: z.array(z.string()),
  domains: z.array(z.string()),
});
type Asset = z.infer<typeof Asset>;
const Change = z.object({ field: z.string(), from: z.unknown(), to: z.unknown() });
type Change = z.infer<typeof Change>;
const Diff = z.object({
  items: z.array(
    z.looseObject({
      id: z.string(),
      name: z.string(),
      class: z.string(),
      unit: Unit,
      kind: z.string(),
      at: z.string(),
      by: z.string(),
      changes: z.array(Change),
    }),
  ),
  counts: z.object({ created: z.number(), changed: z.number(), gone: z.number() }),
  total: z.number(),
  countedFrom: z.string().nullable(),
});
const Gaps = z.object({
  items: z.array(
    z.looseObject({
      gap: z.string(),
      title: z.object({ zh: z.string(), en: z.string() }),
      assets: z.number(),
      more: z.boolean(),
    }),
  ),
  unresolved: z.looseObject({
    title: z.object({ zh: z.string(), en: z.string() }),
    observations: z.number(),
    more: z.boolean(),
  }),
});
const Assets = z.object({ items: z.array(Asset), next: z.string().nullable() });
const OnDay = z.object({ items: z.array(Asset), total: z.number(), unknown: z.number() });

/** A value in words; lists and objects as JSON only where they hold more than words. */
function told(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  if (Array.isArray(value)) return value.map(told).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** `tongan assets show`: one asset as it is, or as it was at the end of a day. */
export async function showAsset(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { at: { type: 'string' }, format: { type: 'string', default: 'table' }, ...PLATFORM_OPTIONS },
  });
  const [id = ''] = positionals;
  const { format, wrong } = formatOf(values.format);
  const client = connect(
    values,
    'asset.read',
    [
      ...(positionals.length === 1 && ID.test(id) ? [] : ['say which: tongan assets show ID (whose finds the id)']),
      ...(values.at === undefined || isDay(values.at) ? [] : [`--at: ${A_DAY}`]),
      ...wrong,
    ],
    io,
  );
  if (client === undefined) return 2;
  const path = values.at === undefined ? '' : `/as-of?day=${values.at}`;
  const asset = Asset.parse(await client.json('GET', `/api/assets/${id}${path}`));
  if (format === 'ndjson') io.out(JSON.stringify(asset));
  else {
    const { unknown, knownFrom, ...known } = flat(asset);
    const rows = Object.entries(known).map(([field, value]) => [field, told(value)]);
    for (const line of aligned(rows.filter(([, text]) => text !== ''))) io.out(line);
    const unkept = told(unknown ?? []);
    if (unkept !== '') io.err(`not known of that day: ${unkept}`);
    if (knownFrom) io.err(`marks and responsibility are kept since ${told(knownFrom)}`);
  }
  return 0;
}

const Duties = z.array(
  z.object({
    role: z.string(),
    holder: z.string(),
    person: z.string(),
    fromOn: z.string(),
    untilOn: z.string().nullable(),
    basis: z.string(),
    state: z.string().nullable(),
    from: z.object({ name: z.string() }).nullable(),
  }),
);

/** A responsibility in words: unit, person, days, basis, what is known of it, and whom it is inherited from. */
const dutyText = ({ holder, person, fromOn, untilOn, basis, state, from }: z.infer<typeof Duties>[number]): string =>
  [
    holder,
    person,
    fromOn === '' ? '' : untilOn === null ? `since ${fromOn}` : `${fromOn} to ${untilOn}`,
    basis,
    state ?? 'state not known',
    from === null ? '' : `inherited from ${from.name}`,
  ]
    .filter((part) => part !== '')
    .join(', ');

/** An asset field by field, attributes and responsibilities by their names as the record of changes has them. */
function flat({ moves: _, attributes, unit, duties, systems, ...asset }: Asset): Record<string, unknown> {
  const own = Object.entries(z.record(z.string(), z.unknown()).parse(attributes ?? {}));
  const held = Map.groupBy(Duties.parse(duties ?? []), ({ role }) => role);
  const above = z.array(z.object({ name: z.string() })).parse(systems ?? []);
  return {
    ...asset,
    unit: `${unit.name} ${unit.path}`.trim(),
    ...Object.fromEntries(own.map(([key, value]) => [`attributes.${key}`, value])),
    ...Object.fromEntries([...held].map(([role, of]) => [`duties.${role}`, of.map(dutyText).join('; ')])),
    ...(above.length === 0 ? {} : { systems: above.map(({ name }) => name) }),
  };
}

/** `tongan assets diff`: what differs between two days, for one asset, a unit or all. */
export async function diffAssets(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: { type: 'string', default: '' },
      to: { type: 'string', default: '' },
      ...LIST_OPTIONS,
    },
  });
  const [of = ''] = positionals;
  const { from, to } = values;
  const { format, wrong } = formatOf(values.format);
  const { limit, wrong: wrongLimit } = limitOf(values.limit);
  const known = of === '' || of.startsWith('/') || ID.test(of);
  const client = connect(
    values,
    'asset.read',
    [
      ...(positionals.length < 2 && known
        ? []
        : ['say of what: the id of an asset, or the path of a unit, or nothing']),
      ...(isDay(from) && isDay(to) ? [] : [`--from and --to: ${A_DAY}`]),
      ...(isDay(from) && isDay(to) && from > to ? ['--from must not be after --to'] : []),
      ...wrong,
      ...wrongLimit,
    ],
    io,
  );
  if (client === undefined) return 2;
  if (ID.test(of)) return diffOfOne(client, of, values, format, io);
  let seen = 0;
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({ from, to, page: String(page), pageSize: String(PAGE) });
    if (of !== '') query.set('unit', of);
    const answer = await client.json('GET', `/api/assets/diff?${query}`);
    const { items, counts, total, countedFrom } = Diff.parse(answer);
    for (const item of items.slice(0, limit - seen)) {
      if (format === 'ndjson') io.out(JSON.stringify(item));
      else {
        io.out(`${item.kind} ${item.name} (${item.id}), ${item.unit.name || item.unit.path}, ${item.at} by ${item.by}`);
        if (item.kind !== 'created') writeChanges(item.changes, io);
      }
    }
    seen += Math.min(items.length, limit - seen);
    if (seen < limit && seen < total && items.length > 0) continue;
    io.err(`created ${counts.created}, changed ${counts.changed}, gone ${counts.gone}`);
    if (seen < total) io.err(`the latest ${seen} of ${total} (--limit)`);
    if (countedFrom !== null) io.err(`more changed than is counted: only since ${countedFrom}; narrow the days`);
    return 0;
  }
}

function writeChanges(changes: readonly Change[], io: Io): void {
  for (const { field, from, to } of changes) io.out(`  ${field}: ${told(from) || '—'} → ${told(to) || '—'}`);
}

async function diffOfOne(
  client: Client,
  id: string,
  { from, to }: { readonly from: string; readonly to: string },
  format: 'table' | 'ndjson',
  io: Io,
): Promise<number> {
  const after = Asset.parse(await client.json('GET', `/api/assets/${id}/as-of?day=${to}`));
  const before = await asOf(client, id, from);
  const [was, is] = [before === undefined ? {} : flat(before), flat(after)];
  const changes = Object.keys({ ...was, ...is })
    .filter((field) => !NOT_COMPARED.has(field))
    .map((field) => ({ field, from: was[field], to: is[field] }))
    .filter(({ field, from: old, to: fresh }) => !KNOWN_OR_NULL.has(field) || (old !== null && fresh !== null))
    .filter((change) => JSON.stringify(change.from) !== JSON.stringify(change.to));
  const kind = before === undefined ? 'created' : 'changed';
  if (format === 'ndjson') io.out(JSON.stringify({ id, name: after.name, kind, changes }));
  else if (before === undefined) io.out(`${after.name}: was not in the ledger yet on ${from}`);
  else if (changes.length === 0) io.out(`${after.name}: the same on both days`);
  else {
    io.out(after.name);
    writeChanges(changes, io);
  }
  return 0;
}

/** The asset at the end of a day; undefined when it was not in the ledger yet. */
async function asOf(client: Client, id: string, day: string): Promise<Asset | undefined> {
  try {
    return Asset.parse(await client.json('GET', `/api/assets/${id}/as-of?day=${day}`));
  } catch (cause) {
    if (cause instanceof Refused && cause.reason === 'asset.not_yet') return undefined;
    throw cause;
  }
}

/** `tongan assets gaps`: what the ledger lacks, or the assets that lack one thing. */
export async function listGaps(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      unit: { type: 'string' },
      ...LIST_OPTIONS,
    },
  });
  const [gap] = positionals;
  const { format, wrong } = formatOf(values.format);
  const { limit, wrong: wrongLimit } = limitOf(values.limit);
  const client = connect(
    values,
    'asset.read',
    [...(positionals.length < 2 ? [] : ['one gap at a time: tongan assets gaps GAP']), ...wrong, ...wrongLimit],
    io,
  );
  if (client === undefined) return 2;
  if (gap !== undefined) return listLacking(client, { gap, unit: values.unit }, limit, format, io);
  const where = new URLSearchParams(values.unit === undefined ? {} : { unit: values.unit });
  const { items, unresolved } = Gaps.parse(await client.json('GET', `/api/assets/gaps?${where}`));
  if (format === 'ndjson')
    for (const item of [...items, { gap: 'unresolved', ...unresolved }]) io.out(JSON.stringify(item));
  else {
    const rows = items.map(({ gap: id, assets, more, title }) => [
      id,
      more ? `>${assets}` : String(assets),
      `${title.en} ${title.zh}`,
    ]);
    for (const line of aligned([['gap', 'assets', 'meaning'], ...rows])) io.out(line);
    const { observations, more, title } = unresolved;
    const count = more ? `>${observations}` : String(observations);
    io.out(`${title.en} ${title.zh}: ${count} (assets observations --filter unresolved=true)`);
  }
  return 0;
}

async function listLacking(
  client: Client,
  { gap, unit }: { readonly gap: string; readonly unit: string | undefined },
  limit: number,
  format: 'table' | 'ndjson',
  io: Io,
): Promise<number> {
  const query = new URLSearchParams({ gap, pageSize: String(PAGE), ...(unit === undefined ? {} : { unit }) });
  const found: Asset[] = [];
  let next: string | null = null;
  do {
    const page = Assets.parse(await client.json('GET', `/api/assets?${query}`));
    for (const asset of page.items.slice(0, limit - found.length)) {
      found.push(asset);
      if (format === 'ndjson') io.out(JSON.stringify(asset));
    }
    next = page.items.length > 0 ? page.next : null;
    if (next !== null) query.set('after', next);
  } while (next !== null && found.length < limit);
  if (format === 'table') writeAssets(found, io);
  io.err(next === null ? `${found.length} asset(s)` : `the ${found.length} changed last; there are more (--limit)`);
  return 0;
}

function writeAssets(found: readonly Asset[], io: Io): void {
  if (found.length === 0) return;
  const rows = found.map(({ id, name, class: kind, state, unit: { name: of, path }, ...keys }) => [
    id,
    kind,
    state,
    of || path,
    name,
    [...keys.addresses, ...keys.hosts, ...keys.domains].slice(0, 3).join(' '),
  ]);
  for (const line of aligned([['id', 'class', 'state', 'unit', 'name', 'known by'], ...rows])) io.out(line);
}

/** `tongan assets on`: the ledger of a unit, or of all that is in sight, as it stood at the end of a day. */
export async function listOnDay(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      unit: { type: 'string' },
      ...LIST_OPTIONS,
    },
  });
  const [day = ''] = positionals;
  const { format, wrong } = formatOf(values.format);
  const { limit, wrong: wrongLimit } = limitOf(values.limit);
  const isSaid = positionals.length === 1 && isDay(day);
  const faults = [...(isSaid ? [] : [`say which day: tongan assets on DAY, ${A_DAY}`]), ...wrong, ...wrongLimit];
  const client = connect(values, 'asset.read', faults, io);
  if (client === undefined) return 2;
  const found: Asset[] = [];
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({ day, page: String(page), pageSize: String(PAGE) });
    if (values.unit !== undefined) query.set('unit', values.unit);
    const { items, total, unknown } = OnDay.parse(await client.json('GET', `/api/assets/as-of?${query}`));
    const shown = items.slice(0, limit - found.length);
    found.push(...shown);
    if (format === 'ndjson') for (const asset of shown) io.out(JSON.stringify(asset));
    if (found.length < Math.min(limit, total) && items.length > 0) continue;
    if (format === 'table') writeAssets(found, io);
    io.err(found.length < total ? `the first ${found.length} of ${total} by name (--limit)` : `${total} asset(s)`);
    if (unknown > 0) io.err(`of ${unknown} the marks or the responsibility of that day are not known`);
    return 0;
  }
}
