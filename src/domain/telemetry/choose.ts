import { LiteralIndex } from '#engine/condition/literal-index.ts';
import { DEFAULT_ZONE } from '#engine/fields/zone.ts';
import { type Asks, type OpenedText, openText, type SourceDefinition } from '#engine/formats/define.ts';
import type { Sources } from './sources.ts';

/** Marks are looked for in this part of a text: what names a product stands at its beginning. */
const MARK_CHARS = 2048;

/** Gives the sources worth asking about a text, in the order of their ids, each once. */
export type Candidates = (opened: OpenedText) => readonly SourceDefinition[];

/**
 * Builds the index over what sources say they need to see (`asks`). A line is then shown to a few sources instead of all:
 * by the names at the top of a JSON object, by its syslog program, by marks in the text.
 */
export function candidateIndex(sources: Sources): Candidates {
  const all = [...sources.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  const always = [...all.keys()].filter((place) => all[place]?.asks.always === true);
  const byKey = tableOf(all, 'keys');
  const byProgram = tableOf(all, 'programs');
  const marked = [...tableOf(all, 'marks')];
  const marks = new LiteralIndex(marked.map(([text], id) => ({ text, at: 'contains', id })));
  /** By place: the number of the text for which a source was found last. */
  const seen = new Uint32Array(all.length);
  let round = 0;
  let found: number[] = [];
  const add = (places: readonly number[] = []): void => {
    for (const place of places) {
      if (seen[place] === round) continue;
      seen[place] = round;
      found.push(place);
    }
  };
  return (opened) => {
    round = (round + 1) >>> 0;
    if (round === 0) {
      // The numbers begin anew: older ones must not count for new texts.
      seen.fill(0);
      round = 1;
    }
    found = [];
    add(always);
    const { json } = opened;
    if (json !== undefined) {
      for (const key of Object.keys(json)) add(byKey.get(key));
    } else {
      for (const name of programNames(opened.syslog.program)) add(byProgram.get(name));
      const head = opened.text.length > MARK_CHARS ? opened.text.slice(0, MARK_CHARS) : opened.text;
      for (const id of marks.find(head)) add(marked[id]?.[1]);
    }
    if (found.length > 1) found.sort((left, right) => left - right);
    const candidates: SourceDefinition[] = [];
    for (const place of found) {
      const source = all[place];
      if (source !== undefined) candidates.push(source);
    }
    return candidates;
  };
}

/**
 * Tells whether all lines with the members of this one are of one source, whatever they say. Sources that look at every
 * text look at syslog headers, which a line of JSON has none of.
 */
export function soleSource(sources: Sources): (text: string, source: string) => boolean {
  const candidates = candidateIndex(sources);
  return (text, source) => {
    const opened = openText(text, { receivedAtMs: 0, zone: DEFAULT_ZONE });
    const sure = sources.get(source)?.detect(opened) ?? 0;
    return candidates(opened).every(
      ({ id, asks, sureAtMost = 1 }) => id === source || asks.always === true || sureAtMost < sure,
    );
  };
}

/** Places of the sources that ask for a name. */
function tableOf(
  sources: readonly SourceDefinition[],
  what: Exclude<keyof Asks, 'always'>,
): ReadonlyMap<string, readonly number[]> {
  const table = new Map<string, number[]>();
  sources.forEach(({ asks }, place) => {
    for (const name of asks[what] ?? []) table.set(name, [...(table.get(name) ?? []), place]);
  });
  return table;
}

/** `postfix/smtpd`, `/usr/sbin/cron` and `sshd(pam_unix)` are also known by their parts. */
function programNames(program: string): readonly string[] {
  if (program === '') return [];
  const plain = program.includes('(') ? program.slice(0, program.indexOf('(')) : program;
  if (!plain.includes('/')) return [plain];
  return [plain, plain.slice(0, plain.indexOf('/')), plain.slice(plain.lastIndexOf('/') + 1)];
}
