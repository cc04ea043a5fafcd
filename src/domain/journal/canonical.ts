/**
 * JSON in its one canonical form: RFC 8785 (JSON Canonicalization Scheme). Members are sorted by the UTF-16 units of
 * their names, numbers and strings are written as ECMAScript writes them, without white space.
 *
 * Dates become ISO 8601 text and members that are undefined are left out, as `JSON.stringify` does, so that facts can
 * be recorded as the code holds them.
 *
 * @throws TypeError for what has no JSON form: NaN, infinities, functions, symbols, bigint, lone surrogates, circles,
 *   undefined in an array; the message names the place
 */
export function canonicalJson(value: unknown): string {
  return write(value, '', new Set());
}

function write(value: unknown, at: string, open: Set<object>): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, at);
    case 'boolean':
      return String(value);
    case 'number':
      // ECMAScript's own number form is the one RFC 8785, section 3.2.2.3, prescribes; it has no negative zero.
      if (Number.isFinite(value)) return JSON.stringify(value);
      throw new TypeError(`${at || '/'}: ${value} has no JSON form`);
    case 'object':
      return value === null ? 'null' : writeObject(value, at, open);
    default:
      throw new TypeError(`${at || '/'}: a ${typeof value} has no JSON form`);
  }
}

function writeString(text: string, at: string): string {
  if (!text.isWellFormed()) throw new TypeError(`${at || '/'}: the text is not well-formed Unicode`);
  return JSON.stringify(text);
}

function writeObject(value: object, at: string, open: Set<object>): string {
  if (value instanceof Date) return writeString(value.toISOString(), at);
  if (open.has(value)) throw new TypeError(`${at || '/'}: the value holds itself`);
  open.add(value);
  const text = Array.isArray(value)
    ? `[${value.map((item, index) => write(item, `${at}/${index}`, open)).join(',')}]`
    : `{${members(value, at, open).join(',')}}`;
  open.delete(value);
  return text;
}

function members(value: object, at: string, open: Set<object>): string[] {
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${writeString(name, at)}:${write(member, `${at}/${name}`, open)}`);
}
