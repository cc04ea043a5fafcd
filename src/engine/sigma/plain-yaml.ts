import { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

/** Control characters, other line ends, a mark of byte order: nothing a plain rule needs. */
const UNUSUAL = /(?!\n)[\p{Cc}\u2028\u2029\ufeff]/u;
/** Several documents, or something to say about them. */
const MARKS = /^(?:---|\.\.\.|%)/m;
const KEY = /^([A-Za-z_][\w.|-]*):(?: +(.*))?$/;
const SINGLE_QUOTED = /^'((?:[^']|'')*)'(?: +#.*| *)$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\["\\])*)"(?: +#.*| *)$/;
/** What can begin no plain text, or means something else. */
const INDICATOR = /^(?:[?:,[\]{}#&*!|>'"%@`]|-(?: |$))/;
const NULL = /^(?:~|null|Null|NULL)$/;
const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const INTEGER = /^[-+]?[0-9]{1,15}$/;
/** Other things than text, all of them rare (YAML 1.2.2, 10.3.2). */
const NUMBER =
  /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$/;

type PlainNode = Scalar | YAMLMap | YAMLSeq;

interface Line {
  /** Offset of its first character in the text. */
  readonly from: number;
  /** Spaces before its content. */
  indent: number;
  /** Without the spaces around it. */
  content: string;
}

class Unusual extends Error {}

const UNUSUAL_TEXT = new Unusual('not the usual form');

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from <= text.length; ) {
    const found = text.indexOf('\n', from);
    const to = found < 0 ? text.length : found;
    let start = from;
    while (start < to && text.charCodeAt(start) === 0x20) start += 1;
    let end = to;
    while (end > start && text.charCodeAt(end - 1) === 0x20) end -= 1;
    lines.push({ from, indent: start - from, content: text.slice(start, end) });
    from = to + 1;
  }
  return lines;
}

function scalarOf(value: unknown, source: string): Scalar {
  const scalar = new Scalar(value);
  scalar.source = source;
  return scalar;
}

/** A value on one line. */
function scalarIn(written: string): Scalar {
  const first = written.charCodeAt(0);
  if (first === 0x27 || first === 0x22) {
    const inner = (first === 0x27 ? SINGLE_QUOTED : DOUBLE_QUOTED).exec(written)?.[1];
    if (inner === undefined) throw UNUSUAL_TEXT;
    const value = first === 0x27 ? inner.replaceAll("''", "'") : inner.replaceAll(/\\(["\\])/g, '$1');
    return scalarOf(value, value);
  }
  if (INDICATOR.test(written)) throw UNUSUAL_TEXT;
  const comment = written.indexOf(' #');
  const text = comment < 0 ? written : written.slice(0, comment).replace(/ +$/, '');
  if (text.endsWith(':') || text.includes(': ')) throw UNUSUAL_TEXT;
  if (NULL.test(text)) return scalarOf(null, text);
  if (BOOLEAN.test(text)) return scalarOf(text.toLowerCase() === 'true', text);
  if (INTEGER.test(text)) return scalarOf(Number(text), text);
  if (NUMBER.test(text)) throw UNUSUAL_TEXT;
  return scalarOf(text, text);
}

class Reader {
  private readonly text: string;
  private readonly lines: readonly Line[];
  private at = 0;

  constructor(text: string, lines: readonly Line[]) {
    this.text = text;
    this.lines = lines;
  }

  read(): YAMLMap {
    const first = this.peek();
    if (first?.indent !== 0) throw UNUSUAL_TEXT;
    const root = this.map(0);
    if (this.peek()) throw UNUSUAL_TEXT;
    root.range = [first.from, this.text.length, this.text.length];
    return root;
  }

  /** The next line that says something. */
  private peek(): Line | undefined {
    for (; this.at < this.lines.length; this.at += 1) {
      const line = this.lines[this.at];
      if (line && line.content !== '' && line.content.charCodeAt(0) !== 0x23) return line;
    }
    return undefined;
  }

  private map(indent: number): YAMLMap {
    const map = new YAMLMap();
    const keys = new Set<string>();
    for (let line = this.peek(); line && line.indent >= indent; line = this.peek()) {
      if (line.indent > indent) throw UNUSUAL_TEXT;
      const [, key, written] = KEY.exec(line.content) ?? [];
      if (key === undefined || keys.has(key) || NULL.test(key) || BOOLEAN.test(key)) throw UNUSUAL_TEXT;
      keys.add(key);
      this.at += 1;
      map.items.push(new Pair(scalarOf(key, key), this.value(indent, written ?? '')));
    }
    return map;
  }

  private value(indent: number, written: string): PlainNode {
    if (written === '' || written.startsWith('#')) return this.below(indent);
    return written === '|' ? this.literal(indent) : this.onOneLine(indent, written);
  }

  /** What stands under a key. */
  private below(indent: number): PlainNode {
    const line = this.peek();
    const list = line?.content.startsWith('- ') === true;
    if (!line || line.indent < indent || (line.indent === indent && !list)) throw UNUSUAL_TEXT;
    return list ? this.list(line.indent) : this.map(line.indent);
  }

  private list(indent: number): YAMLSeq {
    const list = new YAMLSeq();
    for (let line = this.peek(); line && line.indent >= indent; line = this.peek()) {
      if (line.indent > indent) throw UNUSUAL_TEXT;
      if (!line.content.startsWith('- ')) break;
      const written = line.content.slice(1).replace(/^ +/, '');
      if (KEY.test(written)) {
        // The mapping begins where its first key stands.
        line.indent += line.content.length - written.length;
        line.content = written;
        list.items.push(this.map(line.indent));
      } else {
        this.at += 1;
        list.items.push(this.onOneLine(indent, written));
      }
    }
    return list;
  }

  private onOneLine(indent: number, written: string): Scalar {
    const scalar = scalarIn(written);
    const next = this.peek();
    // Deeper: the value goes on there.
    if (next && next.indent > indent) throw UNUSUAL_TEXT;
    return scalar;
  }

  /** Lines as they are written, without the empty ones at the end (YAML 1.2.2, 8.1.1.2: clip). */
  private literal(indent: number): Scalar {
    const first = this.lines[this.at];
    if (!first || first.content === '' || first.indent <= indent) throw UNUSUAL_TEXT;
    const texts: string[] = [];
    for (let line = this.lines[this.at]; line; line = this.lines[this.at]) {
      if (line.content === '') {
        if (line.indent > 0) throw UNUSUAL_TEXT;
      } else if (line.indent < first.indent) {
        if (line.indent > indent) throw UNUSUAL_TEXT;
        break;
      }
      this.at += 1;
      const end = this.lines[this.at]?.from ?? this.text.length + 1;
      texts.push(this.text.slice(line.from, end - 1).slice(first.indent));
    }
    while (texts.at(-1) === '') texts.pop();
    const value = `${texts.join('\n')}\n`;
    return scalarOf(value, value);
  }
}

/** A text read in the plain way: the one mapping it holds, and the offset at which each line begins. */
export interface PlainText {
  readonly root: YAMLMap;
  readonly lineStarts: readonly number[];
}

/**
 * Reads a text that is one mapping in the form nearly all rules are written in: block style, values on one line or literal
 * (`|`). It does so ten times as fast as the general reader, which reads everything else.
 *
 * @returns what the general reader would give, save for the places of all but the outermost node; undefined for any other form
 */
export function readPlain(text: string): PlainText | undefined {
  if (UNUSUAL.test(text) || MARKS.test(text)) return undefined;
  const lines = linesOf(text);
  try {
    return { root: new Reader(text, lines).read(), lineStarts: lines.map(({ from }) => from) };
  } catch (error) {
    if (error === UNUSUAL_TEXT) return undefined;
    throw error;
  }
}
