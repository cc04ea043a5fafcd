import { z } from 'zod';
import { logSourceSql, toSql } from '#engine/condition/sql.ts';
import { categoriesOf } from '#engine/sigma/logsource.ts';
import type { SigmaRule } from '#engine/sigma/rule.ts';
import type { Ctx } from '#platform/context.ts';
import { conflict, invalid } from '#platform/errors.ts';
import { eventSql, rangeSql } from '#platform/eventstore/sql.ts';

const SPAN_MAX_DAYS = 31;
const DAY_MS = 86_400_000;
const SAMPLES_MAX = 100;
const TIMEOUT_MS = 60_000;

export const RetroInput = z.object({
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }).describe(`at most ${SPAN_MAX_DAYS} days after \`from\``),
});

export const RetroResult = z.object({
  hits: z.number().int(),
  hosts: z.number().int(),
  hours: z.array(z.object({ hourAt: z.string(), hits: z.number().int() })),
  samples: z.array(z.object({ eventId: z.string(), at: z.string(), host: z.string(), unitPath: z.string() })),
});

interface HourRow {
  readonly hour: string;
  readonly hits: number;
}

const isoOf = (text: string): string => `${text.replace(' ', 'T')}Z`;

/**
 * Asks what a rule would have found in stored events. Changes nothing and raises nothing; sees what the caller may see.
 * @param rule with the filters over it; undefined for a correlation
 * @throws AppError `invalid_input` for a wrong time range, `conflict` for a correlation
 */
export async function retroHunt(
  ctx: Ctx,
  rule: SigmaRule | undefined,
  input: z.output<typeof RetroInput>,
): Promise<z.input<typeof RetroResult>> {
  const [from, to] = [new Date(input.from), new Date(input.to)];
  if (to <= from || to.getTime() - from.getTime() > SPAN_MAX_DAYS * DAY_MS) {
    throw invalid(`The time range must be at most ${SPAN_MAX_DAYS} days`, [{ at: '/to', message: 'out of range' }]);
  }
  if (!rule) throw conflict('Only rules about single events give a quick answer', 'rule.retro.kind');
  const scope = logSourceSql(rule.logsource, categoriesOf(rule.logsource.category));
  const condition = toSql(rule.condition);
  const where = eventSql`${rangeSql({ from, to })} AND ${scope} AND ${condition}`;
  const limits = { timeoutMs: TIMEOUT_MS, tag: 'detection.retro' };
  const hours = await ctx.events.query<HourRow>(
    eventSql`SELECT toString(toStartOfHour(time)) AS hour, toUInt32(count()) AS hits FROM event WHERE ${where} GROUP BY hour ORDER BY hour`,
    limits,
  );
  const samples = await ctx.events.query<{ event_id: string; at: string; host: string; unit_path: string }>(
    eventSql`SELECT event_id, toString(time) AS at, host, unit_path FROM event WHERE ${where} ORDER BY time DESC LIMIT ${SAMPLES_MAX}`,
    limits,
  );
  const [sum] = await ctx.events.query<{ hosts: number }>(
    eventSql`SELECT toUInt32(uniq(host)) AS hosts FROM event WHERE ${where}`,
    limits,
  );
  return {
    hits: hours.reduce((total, { hits }) => total + hits, 0),
    hosts: sum?.hosts ?? 0,
    hours: hours.map(({ hour, hits }) => ({ hourAt: isoOf(hour), hits })),
    samples: samples.map(({ event_id, at, host, unit_path }) => ({
      eventId: event_id,
      at: isoOf(at),
      host,
      unitPath: unit_path,
    })),
  };
}
