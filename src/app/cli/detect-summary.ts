import { LEVELS, type Level, type RuleHead, tacticsOf, techniquesOf } from '#engine/sigma/rule.ts';
import type { Finding } from './detect-messages.ts';
import type { Heads } from './detect-report.ts';
import { clock, plain } from './detect-words.ts';

const BARS_MAX = 24;
const BAR = 40;
const RULES_SHOWN = 15;
const HOSTS_SHOWN = 10;
const TECHNIQUES_SHOWN = 8;

const rank = (head: RuleHead | undefined): number => LEVELS.indexOf(head?.level ?? 'informational');

/** The worst level among findings. */
function worstOf(findings: readonly Finding[], heads: Heads): Level {
  const worst = findings.reduce((most, { ruleId }) => Math.max(most, rank(heads.get(ruleId))), 0);
  return LEVELS[worst] ?? 'informational';
}

const rulesIn = (findings: readonly Finding[]): number => new Set(findings.map(({ ruleId }) => ruleId)).size;
const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Lengths of time a bar of the timeline may stand for. */
const STEPS_MS = [1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400].map(
  (seconds) => seconds * 1000,
);

/** As fine as few enough bars allow: attacks are minutes within months in which nothing happens, shown as a gap. */
function timeline(findings: readonly Finding[], heads: Heads): string[] {
  const barsOf = (step: number): number => new Set(findings.map(({ timeMs }) => Math.floor(timeMs / step))).size;
  const step = STEPS_MS.find((ms) => barsOf(ms) <= BARS_MAX) ?? Number.POSITIVE_INFINITY;
  const bars = [...Map.groupBy(findings, ({ timeMs }) => Math.floor(timeMs / step))].sort(([a], [b]) => a - b);
  const most = Math.max(...bars.map(([, { length }]) => length));
  let before = bars[0]?.[0] ?? 0;
  return bars.flatMap(([number, list]) => {
    const gap = number > before + 1 ? ['  ⋮'] : [];
    before = number;
    const bar = '█'.repeat(Math.max(1, Math.round((list.length / most) * BAR)));
    return [...gap, `  ${clock(list[0]?.timeMs ?? 0)}  ${bar} ${list.length}, up to ${worstOf(list, heads)}`];
  });
}

/** ATT&CK's tactics in its own order, with the name that two of them had before version 19; others stand last. */
const TACTICS = [
  ...['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation'],
  ...['stealth', 'defense-evasion', 'defense-impairment', 'credential-access', 'discovery', 'lateral-movement'],
  ...['collection', 'command-and-control', 'exfiltration', 'impact'],
];
const placeOf = (tactic: string): number => {
  const place = TACTICS.indexOf(tactic);
  return place < 0 ? TACTICS.length : place;
};

/** A technique belongs to a tactic when this part of the rules that name it name the tactic too. */
const BELONGS = 2 / 3;

/**
 * Which techniques the rules use for which tactics. A rule's tags do not say which of its techniques serves which of its
 * tactics; all rules together do.
 */
function belonging(heads: Heads): (technique: string, tactic: string) => boolean {
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { tags } of heads.values()) {
    for (const technique of techniquesOf(tags)) {
      count(technique);
      for (const tactic of tacticsOf(tags)) count(`${technique} ${tactic}`);
    }
  }
  return (technique, tactic) =>
    (counts.get(`${technique} ${tactic}`) ?? 0) >= BELONGS * (counts.get(technique) ?? Number.POSITIVE_INFINITY);
}

/** Tactics with the number of findings, each with its techniques. */
function attack(findings: readonly Finding[], heads: Heads): string[] {
  const belongs = belonging(heads);
  const tactics = new Map<string, { findings: number; techniques: Map<string, number> }>();
  for (const { ruleId } of findings) {
    const tags = heads.get(ruleId)?.tags ?? [];
    const techniques = techniquesOf(tags);
    for (const tactic of new Set(tacticsOf(tags))) {
      const row = tactics.get(tactic) ?? { findings: 0, techniques: new Map<string, number>() };
      tactics.set(tactic, row);
      row.findings += 1;
      for (const technique of techniques)
        if (belongs(technique, tactic)) row.techniques.set(technique, (row.techniques.get(technique) ?? 0) + 1);
    }
  }
  return [...tactics]
    .sort(([a], [b]) => placeOf(a) - placeOf(b) || a.localeCompare(b, 'en'))
    .map(([tactic, { findings: count, techniques }]) => {
      const list = [...techniques].sort(([, a], [, b]) => b - a).map(([technique, times]) => `${technique} ×${times}`);
      const rest = list.length > TECHNIQUES_SHOWN ? `  … ${list.length - TECHNIQUES_SHOWN} more` : '';
      const shown = list.slice(0, TECHNIQUES_SHOWN).join('  ');
      return `  ${String(count).padStart(6)}  ${tactic.padEnd(22)} ${shown}${rest}`.trimEnd();
    });
}

/** The machines with the worst findings of most rules. */
function hosts(findings: readonly Finding[], heads: Heads): string[] {
  const rows = [...Map.groupBy(findings, ({ host }) => host)].map(([host, list]) => {
    const worst = worstOf(list, heads);
    return { host: host || '(no host named)', count: list.length, rules: rulesIn(list), worst };
  });
  rows.sort((a, b) => LEVELS.indexOf(b.worst) - LEVELS.indexOf(a.worst) || b.rules - a.rules || b.count - a.count);
  const head = rows.length > HOSTS_SHOWN ? `Hosts (the worst ${HOSTS_SHOWN} of ${rows.length})` : 'Hosts';
  const lines = rows.slice(0, HOSTS_SHOWN).map(({ host, count, rules, worst }) => {
    return `  ${String(count).padStart(6)}  up to ${worst.padEnd(13)} ${many(rules, 'rule').padStart(9)}  ${plain(host, 60).trimEnd()}`;
  });
  return [head, ...lines];
}

/** What was found in all: by level, over time, by machine, by ATT&CK technique, by rule. */
export function* summaryOf(findings: readonly Finding[], heads: Heads): Generator<string> {
  if (findings.length === 0) {
    yield 'nothing was found';
    return;
  }
  const byLevel = Map.groupBy(findings, ({ ruleId }) => heads.get(ruleId)?.level ?? 'informational');
  const levels = LEVELS.toReversed().flatMap((level) => {
    const list = byLevel.get(level) ?? [];
    return list.length === 0 ? [] : [`${level} ${list.length} (${many(rulesIn(list), 'rule')})`];
  });
  yield `Found: ${levels.join(', ')}`;
  yield 'Timeline (UTC)';
  yield* timeline(findings, heads);
  yield* hosts(findings, heads);
  const techniques = attack(findings, heads);
  if (techniques.length > 0) yield 'ATT&CK';
  yield* techniques;
  const byRule = [...Map.groupBy(findings, ({ ruleId }) => ruleId)].sort(
    ([a, one], [b, other]) => rank(heads.get(b)) - rank(heads.get(a)) || other.length - one.length,
  );
  yield byRule.length > RULES_SHOWN ? `Rules (the worst ${RULES_SHOWN} of ${byRule.length})` : 'Rules';
  for (const [id, { length }] of byRule.slice(0, RULES_SHOWN)) {
    const head = heads.get(id);
    const by = head?.author ? ` — ${plain(head.author, 40).trimEnd()}` : '';
    yield `  ${String(length).padStart(6)}  ${(head?.level ?? '').padEnd(13)} ${plain(head?.title ?? id, 80).trimEnd()}${by}`;
  }
}
