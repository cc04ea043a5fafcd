import { fromRow } from '#engine/fields/row.ts';
import { type CorrelationAnswer, Correlator } from '#engine/sigma/correlator.ts';
import type { KeptGroups, RuleHit } from '#engine/sigma/correlator-state.ts';
import type { Ctx } from '#platform/context.ts';
import type { HistoryRules } from './history-rules.ts';
import { type Past, type Place, pageSql } from './history-sql.ts';

const PAGE = 5_000;
const TIMEOUT_MS = 60_000;

/**
 * Counts the correlations of a run: the events their rules are true of, found and put in order by SQL, go through the same
 * correlator as live ones. There is no lateness in the past: everything is in order.
 */
export class HistoryCorrelator {
  readonly correlator: Correlator;
  private readonly rules: HistoryRules;

  constructor(ctx: Ctx, rules: HistoryRules) {
    const { groupsMax, entriesMax } = ctx.config.detect.correlation;
    this.rules = rules;
    this.correlator = new Correlator(rules.correlations, rules.idOf, { groupsMax, entriesMax, latenessMs: 0 });
  }

  get needed(): boolean {
    return this.rules.counted.length > 0;
  }

  restore(state: Iterable<KeptGroups>): void {
    this.correlator.restore(state);
  }

  /**
   * Feeds the events of a part of the past, and lets the clock run to its end.
   * @throws AppError `unavailable` when the store's bounds were reached
   */
  async feed(ctx: Ctx, past: Past): Promise<CorrelationAnswer> {
    const hits: CorrelationAnswer['hits'][number][] = [];
    const limits: CorrelationAnswer['limits'][number][] = [];
    let after: Place | undefined;
    for (;;) {
      const page = await this.page(ctx, past, after);
      const answer = this.correlator.feed(page.hits, page.after ? 0 : past.toMs);
      hits.push(...answer.hits);
      limits.push(...answer.limits);
      after = page.after;
      if (!after) return { hits, limits, changed: true };
    }
  }

  private async page(
    ctx: Ctx,
    past: Past,
    after: Place | undefined,
  ): Promise<{ hits: RuleHit[]; after: Place | undefined }> {
    const { counted } = this.rules;
    const fields = counted.flatMap(({ id }) => this.correlator.fieldsRead(id));
    const rows = await ctx.events.query<Record<string, unknown>>(pageSql(past, counted, fields, after, PAGE), {
      timeoutMs: TIMEOUT_MS,
      tag: 'detection.history.correlate',
    });
    const events = rows.map(fromRow);
    const hits = rows.flatMap((row, at) => {
      const event = events[at];
      if (!event) return [];
      return counted.flatMap(({ id }, index) =>
        row[`m${index}`] === 1 ? [{ ruleId: id, event, clockMs: event.timeMs }] : [],
      );
    });
    const last = events.at(-1);
    const more = rows.length === PAGE && last !== undefined;
    return { hits, after: more ? { timeMs: last.timeMs, eventId: last.id } : undefined };
  }
}
