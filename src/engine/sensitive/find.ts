import { normaliseUscc, usccFault } from '#engine/identifiers/uscc.ts';
import { isBankCard, isResidentId } from './checksums.ts';

/** Identifiers of people and bodies that this engine knows. */
export const SENSITIVE_KINDS = ['resident_id', 'credit_code', 'bank_card', 'mobile'] as const;
type SensitiveKind = (typeof SENSITIVE_KINDS)[number];

/** How much of one kind a text holds. The sample is masked: evidence never keeps the value. */
export interface SensitiveFinding {
  readonly kind: SensitiveKind;
  /** Distinct values. */
  readonly count: number;
  readonly maskedSample: string;
}

/** One place in a text. `start` and `end` are offsets in UTF-16 units, `end` exclusive. */
export interface SensitiveSpan {
  readonly kind: SensitiveKind;
  readonly start: number;
  readonly end: number;
  /** The value without separators. */
  readonly value: string;
}

/** Text longer than this is looked at only up to here. */
const TEXT_MAX = 1_000_000;
/** A mobile or card number alone proves little: this many distinct ones, or a word before, make it a finding. */
const DISTINCT_WITHOUT_CONTEXT = 3;
const CONTEXT_CHARS = 24;

const MOBILE_CONTEXT = /手机|电话|联系|号码|mobile|phone|tel|msisdn|sjh|lxdh|dhhm/i;
const CODE_CONTEXT = /信用代码|社会信用|机构代码|uscc|credit|tyshxydm|xydm/i;
const CARD_CONTEXT = /银行|卡号|账号|帐号|card|account|pan|yhk|zhanghao|zh["':=]/i;

interface Recogniser {
  readonly kind: SensitiveKind;
  /** Linear: bounded repetition and no nested quantifier. */
  readonly shape: RegExp;
  readonly valid: (value: string) => boolean;
  /** Absent: the checksum alone is evidence enough. */
  readonly context?: RegExp;
}

/** In the order in which they may claim a place: the strongest checksum first. */
const RECOGNISERS: readonly Recogniser[] = [
  { kind: 'resident_id', shape: /(?<![\dA-Za-z])[1-9]\d{16}[\dXx](?![\dA-Za-z])/g, valid: isResidentId },
  {
    // One random text of the alphabet in 31 passes the check: a word before it, or several different ones.
    kind: 'credit_code',
    shape: /(?<![\dA-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![\dA-Za-z])/g,
    valid: (value) => usccFault(normaliseUscc(value)) === undefined,
    context: CODE_CONTEXT,
  },
  {
    kind: 'bank_card',
    shape: /(?<![\dA-Za-z.])(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{3,4}(?:[ -]\d{1,3})?|\d{15,19})(?![\dA-Za-z])/g,
    valid: isBankCard,
    context: CARD_CONTEXT,
  },
  {
    kind: 'mobile',
    shape: /(?<![\dA-Za-z.])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]\d{4}[ -]\d{4}|\d{8})(?![\dA-Za-z])/g,
    valid: (value) => /^1[3-9]\d{9}$/.test(value),
    context: MOBILE_CONTEXT,
  },
];

function plain(kind: SensitiveKind, text: string): string {
  const compact = text.replace(/[ +-]/g, '').toUpperCase();
  return kind === 'mobile' ? compact.slice(-11) : compact;
}

/**
 * Every place that has the shape and the checksum of an identifier, in order, without overlaps and without asking for
 * context. Right for masking (better one too many), too eager for counting: use `findSensitive` there.
 */
export function sensitiveSpans(text: string): SensitiveSpan[] {
  const looked = text.slice(0, TEXT_MAX);
  const spans: SensitiveSpan[] = [];
  for (const { kind, shape, valid } of RECOGNISERS) {
    for (const match of looked.matchAll(shape)) {
      const start = match.index;
      const end = start + match[0].length;
      const value = plain(kind, match[0]);
      if (!valid(value)) continue;
      if (spans.some((span) => start < span.end && span.start < end)) continue;
      spans.push({ kind, start, end, value });
    }
  }
  return spans.sort((left, right) => left.start - right.start);
}

function hasContext(text: string, span: SensitiveSpan, context: RegExp): boolean {
  return context.test(text.slice(Math.max(0, span.start - CONTEXT_CHARS), span.start));
}

/**
 * What sensitive identifiers a text holds. A resident's number counts by its checksum and date; a card or mobile number
 * counts when a word before it says so, or when there are at least three different ones.
 */
export function findSensitive(text: string): SensitiveFinding[] {
  const spans = sensitiveSpans(text);
  return RECOGNISERS.flatMap(({ kind, context }) => {
    const own = spans.filter((span) => span.kind === kind);
    const values = new Set(own.map((span) => span.value));
    const named = context === undefined ? values : namedValues(text, own, context);
    const counted = values.size >= DISTINCT_WITHOUT_CONTEXT ? values : named;
    const [sample] = counted;
    return sample === undefined ? [] : [{ kind, count: counted.size, maskedSample: maskValue(kind, sample) }];
  });
}

function namedValues(text: string, spans: readonly SensitiveSpan[], context: RegExp): Set<string> {
  return new Set(spans.filter((span) => hasContext(text, span, context)).map((span) => span.value));
}

const KEPT: Readonly<Record<SensitiveKind, { readonly head: number; readonly tail: number }>> = {
  resident_id: { head: 6, tail: 0 },
  credit_code: { head: 8, tail: 2 },
  bank_card: { head: 4, tail: 4 },
  mobile: { head: 3, tail: 2 },
};

/** One identifier with its telling part replaced by `*`; the length stays. */
function maskValue(kind: SensitiveKind, value: string): string {
  const { head, tail } = KEPT[kind];
  const hidden = Math.max(0, value.length - head - tail);
  return value.slice(0, head) + '*'.repeat(hidden) + value.slice(value.length - tail);
}

/** A text with every sensitive identifier in it masked; the rest stays as it is. Past a million characters it is cut. */
export function mask(text: string): string {
  let masked = '';
  let from = 0;
  for (const span of sensitiveSpans(text)) {
    masked += text.slice(from, span.start) + maskValue(span.kind, span.value);
    from = span.end;
  }
  return masked + text.slice(from, TEXT_MAX);
}
