import type { LogSource, SecurityEvent } from '#engine/fields/event.ts';
import { DEFAULT_ZONE } from '#engine/fields/zone.ts';
import {
  type OpenedText,
  openText,
  type ParseContext,
  type SourceDefinition,
  type SourceEvent,
} from '#engine/formats/define.ts';
import { damageOf } from '#engine/formats/received.ts';
import { LIMITS } from '#engine/formats/record.ts';
import { candidateIndex } from './choose.ts';
import type { RawLine } from './raw-line.ts';
import type { Sources } from './sources.ts';

/** The source id of what no source understands: kept, visible, counted. */
export const UNPARSED = 'unparsed';

const NO_LOGSOURCE: LogSource = { product: '', category: '', service: '' };

/** Turns raw lines into events with a given set of sources. Pure: same line, same event. */
export type Normalise = (line: RawLine) => SecurityEvent;

/**
 * Makes the normaliser. The source is the one the listener's configuration names; without one, or when that one does
 * not know the text, the one that is most sure of the content; none: source `unparsed` with the problem said.
 *
 * @param zone IANA zone of times that name none
 */
export function normaliser(sources: Sources, zone: string = DEFAULT_ZONE): Normalise {
  const candidates = candidateIndex(sources);
  return (line) => {
    const context: ParseContext = { receivedAtMs: line.receivedAtMs, zone };
    const hinted = line.sourceHint === '' ? undefined : sources.get(line.sourceHint);
    const byHint =
      hinted === undefined ? undefined : tryParse(hinted, openText(line.text, { ...context, configured: true }));
    if (byHint !== undefined && hinted !== undefined) return eventOf(line, hinted.id, byHint, '');
    const opened = openText(line.text, context);
    const note = line.sourceHint === '' ? '' : missedHint(line.sourceHint, hinted);
    const detected = mostSure(candidates(opened), opened);
    const parsed = detected === undefined ? undefined : tryParse(detected, opened);
    if (detected === undefined || parsed === undefined) {
      return setAside(line, joinProblems(note, unknownText(line.text)));
    }
    return eventOf(line, detected.id, parsed, note);
  };
}

function missedHint(hint: string, hinted: SourceDefinition | undefined): string {
  return hinted === undefined
    ? `the configured source "${hint}" does not exist`
    : `not a text of the configured source "${hint}"`;
}

const unknownText = (text: string): string =>
  text.length > LIMITS.textChars ? `longer than ${LIMITS.textChars} characters` : 'no source knows this text';

const damageIn = ({ text, encoding = '' }: RawLine): string => damageOf({ text, encoding });

const joinProblems = (...problems: string[]): string => problems.filter((problem) => problem !== '').join('; ');

/** The source with the highest confidence; of equals the first by id, so that the choice never changes. */
function mostSure(sources: readonly SourceDefinition[], opened: OpenedText): SourceDefinition | undefined {
  let best: SourceDefinition | undefined;
  let confidence = 0;
  for (const source of sources) {
    const sure = attempt(() => source.detect(opened)) ?? 0;
    if (sure > confidence) {
      best = source;
      confidence = sure;
    }
  }
  return best;
}

const tryParse = (source: SourceDefinition, opened: OpenedText): SourceEvent | undefined =>
  attempt(() => source.parse(opened)) ?? undefined;

/** A source that throws on one line has a bug; the line is kept as unparsed and the pipeline goes on. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function eventOf(line: RawLine, source: string, parsed: SourceEvent, note: string): SecurityEvent {
  return {
    id: line.id,
    timeMs: parsed.timeMs,
    receivedAtMs: line.receivedAtMs,
    source,
    logsource: parsed.logsource,
    unitPath: line.unitPath,
    fields: parsed.fields,
    raw: line.text,
    problem: joinProblems(damageIn(line), note, parsed.problem),
  };
}

/** The event of a line that is not read: kept with its problem. */
export function setAside(line: RawLine, problem: string): SecurityEvent {
  return {
    id: line.id,
    timeMs: line.receivedAtMs,
    receivedAtMs: line.receivedAtMs,
    source: UNPARSED,
    logsource: NO_LOGSOURCE,
    unitPath: line.unitPath,
    fields: {},
    raw: line.text,
    problem: joinProblems(damageIn(line), problem),
  };
}
