/** Attributes of a CPE 2.3 name (NISTIR 7695, §5.2), in the order of its formatted string. */
const ATTRIBUTES = [
  'part',
  'vendor',
  'product',
  'version',
  'update',
  'edition',
  'language',
  'softwareEdition',
  'targetSoftware',
  'targetHardware',
  'other',
] as const;
type Attribute = (typeof ATTRIBUTES)[number];

/** Anything at all (`*`), nothing of the kind (`-`), or a text, lower case, without escapes. */
type CpeValue = { readonly any: true } | { readonly none: true } | { readonly text: string };
export type Cpe = Readonly<Record<Attribute, CpeValue>>;

const ANY: CpeValue = { any: true };
const NONE: CpeValue = { none: true };

function cpeValue(text: string | undefined): CpeValue {
  if (text === undefined || text === '' || text === '*') return ANY;
  if (text === '-') return NONE;
  return { text: text.replace(/\\(.)/g, '$1').toLowerCase() };
}

const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * A CPE name, as formatted string (`cpe:2.3:a:openbsd:openssh:7.4:…`) or as the older URI (`cpe:/a:openbsd:openssh:7.4`).
 *
 * @returns undefined for what is none
 */
export function parseCpe(text: string): Cpe | undefined {
  const trimmed = text.trim();
  const isUri = /^cpe:\/[aho]:/i.test(trimmed);
  if (!isUri && !/^cpe:2\.3:[aho*-]:/i.test(trimmed)) return undefined;
  const parts = isUri
    ? trimmed.slice('cpe:/'.length).split(':').map(percentDecoded)
    : // A colon inside a value is escaped.
      (trimmed.slice('cpe:2.3:'.length).match(/(?:\\.|[^:\\])+|(?<=:)(?=:)/g) ?? []);
  if (parts.length < 3 || parts.length > ATTRIBUTES.length) return undefined;
  return Object.fromEntries(ATTRIBUTES.map((name, index) => [name, cpeValue(parts[index])])) as Cpe;
}

/** A text with `*` and `?` at its ends (NISTIR 7696, §6.3). */
function fitsPattern(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.?');
  return new RegExp(`^${expression}$`).test(text);
}

/**
 * Whether a value of an advisory holds for a value of what is installed (NISTIR 7696, table 6-2). NA is not ANY: an
 * advisory for "no version" says nothing about version 2.4, and what is not known of the installed side is not known.
 *
 * @returns undefined when the installed side does not say
 */
function holds(source: CpeValue, target: CpeValue): boolean | undefined {
  if ('any' in source) return true;
  if ('any' in target) return undefined;
  if ('none' in source) return 'none' in target;
  return 'text' in target && fitsPattern(source.text, target.text);
}

export type CpeMatch = 'match' | 'no_match' | 'unknown';

/**
 * Whether an advisory's name holds for what is installed.
 *
 * @param attributes those to compare; the version is left to ranges when an advisory gives any
 */
export function matchCpe(source: Cpe, target: Cpe, attributes: readonly Attribute[] = ATTRIBUTES): CpeMatch {
  let known = true;
  for (const name of attributes) {
    const found = holds(source[name], target[name]);
    if (found === false) return 'no_match';
    if (found === undefined) known = false;
  }
  return known ? 'match' : 'unknown';
}
