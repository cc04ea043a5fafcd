import { loadPack, type RulePack } from '#engine/sigma/pack.ts';
import type { SigmaCorrelation, SigmaRule } from '#engine/sigma/rule.ts';
import type { Config } from '#platform/config.ts';
import type { Catalogue } from './rule.ts';
import { idOfNames } from './rule.ts';
import { readRuleFiles } from './rule-files.ts';

/** Rules to be run over the past, with everything they rest on. */
export interface HistoryRules {
  /** Rules whose own hits are wanted. */
  readonly rules: readonly SigmaRule[];
  readonly correlations: readonly SigmaCorrelation[];
  /** Rules whose hits the correlations count. */
  readonly counted: readonly SigmaRule[];
  readonly idOf: (name: string) => string | undefined;
}

/** Files that hold a filter change the rules of other files. */
const HAS_FILTER = /^filter:/m;

/**
 * Reads the rules again with their conditions, which the engine keeps in its threads only: the files of the rules that are
 * wanted, of what they count, and of filters over them.
 */
export async function readHistoryRules(
  config: Config,
  catalogue: Catalogue,
  ruleIds: readonly string[],
): Promise<HistoryRules> {
  const byId = new Map(catalogue.rules.map((rule) => [rule.id, rule]));
  const needed = new Set<string>();
  const waiting = [...ruleIds];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    waiting.push(...(byId.get(id)?.parts ?? []));
  }
  const files = new Set([...needed].flatMap((id) => byId.get(id)?.file ?? []));
  const all = await readRuleFiles(config.rules.directories);
  const pack = loadPack(
    all.filter(({ file, text }) => files.has(file) || HAS_FILTER.test(text)),
    catalogue.reading,
  );
  return choose(pack, catalogue, new Set(ruleIds), needed);
}

function choose(
  pack: RulePack,
  catalogue: Catalogue,
  wanted: ReadonlySet<string>,
  needed: ReadonlySet<string>,
): HistoryRules {
  const idOf = idOfNames(catalogue.rules);
  const correlations = pack.correlations.filter(({ id }) => needed.has(id));
  const counted = new Set(correlations.flatMap(({ rules }) => rules.map(idOf)));
  return {
    rules: pack.rules.filter(({ id }) => wanted.has(id)),
    correlations,
    counted: pack.rules.filter(({ id }) => counted.has(id)),
    idOf,
  };
}
