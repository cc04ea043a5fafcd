import { sql } from 'kysely';
import { z } from 'zod';
import { type AssetQuestion, type ResolvedAsset, resolveAssets } from '#domain/ledger/index.ts';
import { valuesOf } from '#engine/condition/evaluate.ts';
import { isObserver, placeAbove } from '#engine/identity/subject.ts';
import { action } from '#platform/action.ts';
import type { Tx } from '#platform/context.ts';
import { type Detection, type Entity, matchesOf } from './detection-input.ts';
import { entitiesOf, namesOf } from './entities.ts';
import { type Cluster, cluster, entityText, highestLevel, rankOf } from './grouping.ts';
import { readSettings } from './settings.ts';
import { type ExistingGroup, findGroups, knownDetections, liveSuppressions, NOTHING_KEPT } from './store.ts';
import { suppresses } from './suppression.ts';
import { AlertWrites, COUNT_MAX, SAMPLES, type TakenDetection } from './writes.ts';

/** What became of a batch of detections. */
export interface RaiseSummary {
  /** Ids of alerts that are new. */
  readonly raised: readonly string[];
  /** Ids of alerts that were open and grew. */
  readonly grown: readonly string[];
  /** Detections that a suppression rule kept from raising anything, by rule id. */
  readonly suppressed: Readonly<Record<string, number>>;
  /** Detections that were taken in before. */
  readonly repeated: number;
}

/** One writer at a time: two batches must not open the same group twice. */
const RAISE_LOCK = 0x616c6572;
const EVENT_IDS_MAX = 200;

/**
 * Takes in what detection found, in the transaction that also commits the batch's checkpoint. A detection counts once,
 * whatever is replayed: its id is remembered. New alerts are journalled one by one; the growth of an open alert is not.
 *
 * @param tx the system's, with the whole tree as its scope
 * @param batchId the batch of events, kept with each detection
 */
export async function raiseDetections(
  tx: Tx,
  detections: readonly Detection[],
  batchId: string,
): Promise<RaiseSummary> {
  const summary = { raised: [] as string[], grown: [] as string[], suppressed: {} as Record<string, number> };
  if (detections.length === 0) return { ...summary, repeated: 0 };
  await sql`SELECT pg_advisory_xact_lock(${RAISE_LOCK})`.execute(tx.db);
  const fresh = await unknownOnly(tx, detections);
  const writes = new AlertWrites();
  const { remaining, taken } = await suppress(tx, fresh, { batchId, writes });
  for (const detection of taken) summary.suppressed[detection.ruleId] = (summary.suppressed[detection.ruleId] ?? 0) + 1;
  const settings = await readSettings(tx.db);
  const existing = await findGroups(tx.db, remaining, settings.group.windowMs);
  const { joined, fresh: clusters } = cluster(remaining, existing, settings.group);
  for (const [group, grown] of joined) {
    growAlert(tx, writes, group, grown);
    summary.grown.push(group.id);
    writes.take(takenBy(grown, group.id, group.unitPath, batchId));
  }
  const assets = await assetsOf(tx, clusters);
  for (const [at, found] of clusters.entries()) {
    const { id, unitPath } = await raiseAlert(tx, { found, asset: assets[at], batchId, writes });
    summary.raised.push(id);
    writes.take(takenBy(found, id, unitPath, batchId));
  }
  await writes.write(tx.db, tx.clock.now());
  return { ...summary, repeated: detections.length - fresh.length };
}

const takenBy = ({ detections }: Cluster, alertId: string, unitPath: string, batchId: string): TakenDetection[] =>
  detections.map(({ id }) => ({ id, unitPath, batchId, alertId, suppressionId: null }));

/** Without those of earlier batches and without repetitions inside this one. */
async function unknownOnly(tx: Tx, detections: readonly Detection[]): Promise<Detection[]> {
  const known = await knownDetections(
    tx.db,
    detections.map(({ id }) => id),
  );
  const byId = new Map(detections.map((detection) => [detection.id, detection]));
  return [...byId.values()].filter(({ id }) => !known.has(id));
}

/** Takes out what a suppression rule holds for; counts it on the rule, so that nothing is lost in silence. */
async function suppress(
  tx: Tx,
  detections: readonly Detection[],
  { batchId, writes }: { readonly batchId: string; readonly writes: AlertWrites },
) {
  const now = tx.clock.now();
  const rules = await liveSuppressions(tx.db, now);
  const ruleOf = (detection: Detection) => rules.find((rule) => suppresses(rule, detection, now));
  const bySuppression = Map.groupBy(detections, (detection) => ruleOf(detection)?.id);
  const remaining = bySuppression.get(undefined) ?? [];
  const taken: Detection[] = [];
  for (const [suppressionId, hits] of bySuppression) {
    if (suppressionId === undefined) continue;
    taken.push(...hits);
    await tx.db
      .updateTable('alert_suppression')
      .set((column) => ({ hit_count: column('hit_count', '+', hits.length), last_hit_at: now }))
      .where('id', '=', suppressionId)
      .execute();
    writes.take(hits.map(({ id, event }) => ({ id, unitPath: event.unitPath, batchId, alertId: null, suppressionId })));
  }
  return { remaining, taken };
}

/**
 * What the ledger is asked, in this order. An ordinary machine writes about itself. An observer (firewall, sensor) never
 * does: it is the addressed or else the calling machine, in its own unit or, because exits are shared, in the place
 * around it; the ledger answers only when exactly one asset fits.
 */
function questionsFor({ event, entity }: Detection): AssetQuestion[] {
  const names = namesOf(event);
  const host = entity.kind === 'host' ? entity.value : names.host;
  const addressed = { addresses: names.destination === '' ? [] : [names.destination], domains: names.domains };
  const calling = { addresses: names.source === '' ? [] : [names.source] };
  const { unitPath } = event;
  const at = new Date(event.timeMs);
  if (!isObserver(event.logsource)) {
    const writing = { host, addresses: [] };
    return [writing, addressed, calling].map((question) => ({ ...question, unitPath, at }));
  }
  return [unitPath, placeAbove(unitPath)].flatMap((path) =>
    [addressed, calling].map((question) => ({ ...question, unitPath: path, at })),
  );
}

const Uuid = z.uuid();

/** The information system that the event was told when it came in. */
function systemOf({ fields }: Detection['event']): { system_id: string | null; system_name: string } {
  const [id, name] = ['tongan.system.id', 'tongan.system.name'].map((field) => valuesOf(fields[field])[0] ?? '');
  const known = Uuid.safeParse(id);
  return known.success ? { system_id: known.data, system_name: name ?? '' } : { system_id: null, system_name: '' };
}

/** The assets that groups are about: every group asks its first question, those without an answer the next one. */
async function assetsOf(tx: Tx, clusters: readonly Cluster[]): Promise<(ResolvedAsset | undefined)[]> {
  const questions = clusters.map(({ detections: [first] }) => (first === undefined ? [] : questionsFor(first)));
  const found: (ResolvedAsset | undefined)[] = clusters.map(() => undefined);
  for (let round = 0; ; round += 1) {
    const open = questions.flatMap((asked, at) => {
      const question = found[at] === undefined ? asked[round] : undefined;
      return question === undefined ? [] : { at, question };
    });
    if (open.length === 0) return found;
    const answers = await resolveAssets(
      tx.db,
      open.map(({ question }) => question),
    );
    for (const [index, { at }] of open.entries()) found[at] = answers[index];
  }
}

function entitiesOfAll(detections: readonly Detection[]): Entity[] {
  const all = detections.flatMap((detection) => entitiesOf(namesOf(detection.event), detection.entity));
  const distinct = new Map(all.map((entity) => [`${entity.kind} ${entity.value}`, entity]));
  return [...distinct.values()];
}

function eventIdsOf(detections: readonly Detection[], before: readonly string[] = []): string[] {
  const ids = detections.flatMap(({ event, relatedEventIds }) => [event.id, ...relatedEventIds]);
  return [...new Set([...before, ...ids])].slice(0, EVENT_IDS_MAX);
}

/** Opens one alert for a new group and journals it. Its rows are written with those of the batch's others. */
const raiseAlert = action(
  'alert.raise',
  z.object({
    found: z.custom<Cluster>((value) => typeof value === 'object'),
    asset: z.custom<ResolvedAsset>().optional(),
    batchId: z.string(),
    writes: z.instanceof(AlertWrites),
  }),
  async (tx, { found, asset, batchId, writes }) => {
    const [first] = found.detections;
    if (first === undefined) throw new Error('a group has at least one detection');
    const id = tx.ids.next();
    const now = tx.clock.now();
    const unitPath = asset?.unitPath ?? first.event.unitPath;
    const level = highestLevel(found.detections);
    const eventIds = eventIdsOf(found.detections);
    writes.raise({
      id,
      unit_path: unitPath,
      event_unit_path: first.event.unitPath,
      rule_id: first.ruleId,
      rule_title_zh: first.ruleTitle.zh,
      rule_title_en: first.ruleTitle.en,
      level,
      level_rank: rankOf(level),
      entity_kind: first.entity.kind,
      entity_value: entityText(first.entity),
      techniques: [...first.techniques],
      tactics: [...first.tactics],
      category: first.category,
      asset_id: asset?.id ?? null,
      asset_name: asset?.name ?? '',
      asset_found_by: asset?.foundBy.join(', ') ?? '',
      ...systemOf(first.event),
      state: 'new',
      closed_at: null,
      assignee_id: null,
      detection_count: Math.min(matchesOf(found.detections), COUNT_MAX),
      first_seen_at: new Date(found.firstMs),
      last_seen_at: new Date(found.lastMs),
      raised_at: now,
      active_at: now,
      event_ids: eventIds,
      incident_id: null,
      found_in_history: first.foundInHistory ?? false,
    });
    writes.addSamples({ id, unitPath }, NOTHING_KEPT, found.detections);
    writes.addSpans({ id, unitPath }, found.detections);
    writes.addEntities({ id, unitPath }, NOTHING_KEPT, entitiesOfAll(found.detections));
    tx.record({
      object: { type: 'alert', id },
      unitPath,
      data: {
        ruleId: first.ruleId,
        title: first.ruleTitle,
        level,
        entity: first.entity,
        techniques: first.techniques,
        category: first.category,
        detections: matchesOf(found.detections),
        firstSeenAt: new Date(found.firstMs).toISOString(),
        eventIds: eventIds.slice(0, SAMPLES.perAlert),
        batchId,
        ...(first.foundInHistory ? { foundInHistory: true } : {}),
      },
      ...(asset ? { related: [{ type: 'asset', id: asset.id }] } : {}),
    });
    tx.publish({ topic: 'alert', id, action: 'alert.raise', unitPath, side: 'centre' });
    return { id, unitPath };
  },
);

/** Adds detections to an open alert. A fact of the telemetry, not of a person: counted, shown live, not journalled. */
function growAlert(tx: Tx, writes: AlertWrites, group: ExistingGroup, grown: Cluster): void {
  writes.grow({
    id: group.id,
    detections: Math.min(matchesOf(grown.detections), COUNT_MAX),
    firstMs: grown.firstMs,
    lastMs: grown.lastMs,
    level: highestLevel(grown.detections, group.level),
    eventIds: eventIdsOf(grown.detections, group.eventIds),
  });
  writes.addSamples(group, group.kept, grown.detections);
  writes.addSpans(group, grown.detections);
  writes.addEntities(group, group.kept, entitiesOfAll(grown.detections));
  tx.publish({ topic: 'alert', id: group.id, action: 'alert.grow', unitPath: group.unitPath, side: 'centre' });
}
