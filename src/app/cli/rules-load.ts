import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { readRules } from '#domain/detection/index.ts';
import { importFile, loadSources, normaliser } from '#domain/telemetry/index.ts';
import type { Normalise } from '#domain/telemetry/normalise.ts';
import type { SecurityEvent } from '#engine/fields/event.ts';
import { isZone } from '#engine/fields/zone.ts';
import type { Supply } from '#engine/formats/define.ts';
import { receivedLine } from '#engine/formats/received.ts';
import { feasibility } from '#engine/sigma/feasibility.ts';
import { describeLogSource } from '#engine/sigma/logsource.ts';
import { loadPack, type RuleFile, type RulePack } from '#engine/sigma/pack.ts';
import type { ParseOptions } from '#engine/sigma/parse.ts';
import type { Problem } from '#engine/sigma/problem.ts';
import { isRegressionText } from '#engine/sigma/regression.ts';

/** A command was called wrongly: its message is all there is to say, the exit code is 2. */
export class UsageError extends Error {}

/** True for a wrong call: one of ours, or of the reader of arguments. */
export const isUsageFault = (error: unknown): error is Error =>
  error instanceof UsageError ||
  (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));

/** True for a description of regression tests (`info.yml`), which lies among rules and is none. */
const isRegression = ({ file, text }: RuleFile): boolean => basename(file) === 'info.yml' && isRegressionText(text);

/** What a command was given. */
interface Loaded {
  readonly files: readonly RuleFile[];
  /** Descriptions of regression tests, which lie among rules in SigmaHQ's repository. */
  readonly regressions: readonly RuleFile[];
  readonly pack: RulePack;
  readonly options: ParseOptions;
}

/** Files and folders of rules, read and made ready. @throws UsageError naming what does not exist */
export async function loadRules(paths: readonly string[], timeZone: string | undefined): Promise<Loaded> {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new UsageError(`${missing.join(', ')}: no such file or folder`);
  if (timeZone !== undefined && !isZone(timeZone))
    throw new UsageError(`--time-zone: "${timeZone}" is no IANA time zone, such as Asia/Shanghai`);
  const [regressions, files] = partition(await readRules(paths), isRegression);
  if (files.length === 0) throw new UsageError(`${paths.join(', ')}: no rule files (*.yml) there`);
  const zone = timeZone === undefined ? {} : { timeZone };
  const pack = loadPack(files, zone);
  return { files, regressions, pack, options: { ...zone, placeholders: pack.placeholders } };
}

function partition<T>(list: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [list.filter(test), list.filter((one) => !test(one))];
}

/** The kinds of sources of this checkout: what reads lines, and what they can deliver. */
export async function loadNormaliser(): Promise<{ normalise: Normalise; supplies: readonly Supply[] }> {
  const sources = await loadSources();
  return { normalise: normaliser(sources), supplies: [...sources.values()].flatMap(({ supplies }) => supplies) };
}

/** Reads the events of a file one by one, `most` at most. @param source kind that reads them all; '' = the content tells */
export async function eachEvent(
  path: string,
  { normalise, source = '', most }: { normalise: Normalise; source?: string; most: number },
  see: (event: SecurityEvent) => void,
): Promise<void> {
  let seen = 0;
  await importFile(path, path, async ({ lines }) => {
    for (const line of lines) {
      if (seen >= most) return;
      seen += 1;
      const from = { id: String(seen), receivedAtMs: Date.now(), unitPath: '/', sourceHint: source, sender: '' };
      see(normalise({ ...from, ...receivedLine(line) }));
    }
  });
}

/** Rules that nothing these sources deliver can make true, as warnings. */
export function cannotFire(pack: RulePack, supplies: readonly Supply[]): Problem[] {
  return pack.rules.flatMap((rule): Problem[] => {
    const answer = feasibility(rule, supplies);
    if (answer.possible) return [];
    const at = { file: rule.file, line: rule.line, column: 1, severity: 'warning' } as const;
    if (answer.reason === 'no-source') {
      const message = `no source delivers "${describeLogSource(rule.logsource)}": the rule cannot fire`;
      return [{ ...at, code: 'rule.no-source', message, hint: 'add a source for it, or correct the log source' }];
    }
    const message = `no source of "${describeLogSource(rule.logsource)}" fills ${answer.fields.join(', ')}: the rule cannot fire`;
    return [{ ...at, code: 'rule.no-field', message, hint: 'correct the field names, or let a source fill them' }];
  });
}
