import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLMap,
} from 'yaml';
import { readPlain } from './plain-yaml.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** Largest rule file, in characters. */
const FILE_MAX = 2_000_000;
/** Anchors are resolved this deep; more is a bomb. */
const ALIAS_DEPTH = 5;

export type YamlValue = Node | null | undefined;

/** A rule text being read: knows where every node stands and collects what is wrong. */
export class Source {
  readonly file: string;
  readonly problems: Problem[] = [];
  private readonly lines = new LineCounter();
  readonly text: string;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  /** The one document of a text in the usual form, read fast; undefined for any other. */
  plainDocument(): { readonly root: YAMLMap; readonly from: number; readonly to: number } | undefined {
    const plain = this.text.length > FILE_MAX ? undefined : readPlain(this.text);
    if (!plain) return undefined;
    for (const start of plain.lineStarts) this.lines.addNewLine(start);
    return { root: plain.root, from: plain.root.range?.[0] ?? 0, to: this.text.length };
  }

  /** The documents of the file; a syntax error is a problem at its place. */
  documents(): { readonly root: YAMLMap; readonly from: number; readonly to: number }[] {
    if (this.text.length > FILE_MAX) {
      this.add('error', 'yaml.too-large', undefined, `the file has more than ${FILE_MAX} characters`, 'split it');
      return [];
    }
    const parsed = this.parse();
    const roots: { root: YAMLMap; from: number; to: number }[] = [];
    for (const document of parsed) {
      for (const error of document.errors) {
        this.at(
          'error',
          'yaml.syntax',
          error.pos[0],
          error.message,
          'check indentation, quotes and colons of this line',
        );
      }
      const root = document.contents;
      const [from, , to] = document.range;
      if (root === null || document.errors.length > 0) continue;
      if (isMap(root)) roots.push({ root, from, to });
      else this.add('error', 'rule.shape', root, 'a rule is a mapping of keys', 'begin with "title: …"');
    }
    if (parsed.length === 0)
      this.add('error', 'rule.shape', undefined, 'the file is empty', 'write a rule or delete the file');
    return roots;
  }

  private parse(): Document.Parsed[] {
    try {
      const parsed = parseAllDocuments(this.text, { lineCounter: this.lines, prettyErrors: false, uniqueKeys: true });
      return Array.isArray(parsed) ? parsed : [];
    } catch (error) {
      // The reader recurses into nested lists: too many of them exhaust the stack.
      const message = error instanceof Error ? error.message : 'it cannot be read';
      this.add('error', 'yaml.syntax', undefined, message, 'a rule needs no deeply nested lists');
      return [];
    }
  }

  add(severity: Problem['severity'], code: ProblemCode, node: YamlValue, message: string, hint: string): void {
    this.at(severity, code, node?.range?.[0] ?? 0, message, hint);
  }

  error(code: ProblemCode, node: YamlValue, message: string, hint: string): void {
    this.add('error', code, node, message, hint);
  }

  warn(code: ProblemCode, node: YamlValue, message: string, hint: string): void {
    this.add('warning', code, node, message, hint);
  }

  lineOf(offset: number): number {
    return Math.max(this.lines.linePos(offset).line, 1);
  }

  private at(severity: Problem['severity'], code: ProblemCode, offset: number, message: string, hint: string): void {
    const { line, col } = this.lines.linePos(offset);
    this.problems.push({
      file: this.file,
      line: Math.max(line, 1),
      column: Math.max(col, 1),
      severity,
      code,
      message,
      hint,
    });
  }
}

/** A member of a mapping. */
export interface Entry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: YamlValue;
}

function resolve(root: YAMLMap, node: unknown, depth = 0): YamlValue {
  if (isAlias(node)) {
    if (depth >= ALIAS_DEPTH) return null;
    const target = anchors(root).get(node.source);
    return resolve(root, target, depth + 1);
  }
  return isScalar(node) || isMap(node) || isSeq(node) ? node : null;
}

const ANCHORS = new WeakMap<YAMLMap, Map<string, Node>>();

function anchors(root: YAMLMap): Map<string, Node> {
  const known = ANCHORS.get(root);
  if (known) return known;
  const found = new Map<string, Node>();
  const walk = (node: unknown): void => {
    if (!(isScalar(node) || isMap(node) || isSeq(node))) return;
    if (node.anchor) found.set(node.anchor, node);
    if (isMap(node)) for (const pair of node.items) walk(pair.value);
    if (isSeq(node)) for (const item of node.items) walk(item);
  };
  walk(root);
  ANCHORS.set(root, found);
  return found;
}

/** The members of a mapping in order; keys that are no text are left out. */
export function entries(root: YAMLMap, map: YAMLMap): Entry[] {
  return map.items.flatMap((pair) => {
    const { key } = pair;
    if (!isScalar(key)) return [];
    return [{ key: String(key.source ?? key.value ?? ''), keyNode: key, value: resolve(root, pair.value) }];
  });
}

/** The members of a list. */
export const items = (root: YAMLMap, list: Node): YamlValue[] =>
  isSeq(list) ? list.items.map((item) => resolve(root, item)) : [list];

/** A scalar as Sigma sees it: what it stands for and how it was written. */
export type ScalarValue =
  | { readonly type: 'text'; readonly text: string }
  /** `text` as written, `0x10` or `4688`. */
  | { readonly type: 'number'; readonly value: number; readonly text: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' };

/** Reads a scalar; undefined when the node is a list or a mapping. An empty place is null. */
export function scalar(node: YamlValue): ScalarValue | undefined {
  if (node === null || node === undefined) return { type: 'null' };
  if (!isScalar(node)) return undefined;
  const { value } = node;
  if (typeof value === 'string') return { type: 'text', text: value };
  if (typeof value === 'boolean') return { type: 'boolean', value };
  if (typeof value === 'number') return { type: 'number', value, text: node.source ?? String(value) };
  if (typeof value === 'bigint') return { type: 'number', value: Number(value), text: node.source ?? String(value) };
  return { type: 'null' };
}

/** A scalar as plain text, numbers as written; undefined when it is none or null. */
export function plainText(node: YamlValue): string | undefined {
  const value = scalar(node);
  if (value === undefined || value.type === 'null') return undefined;
  return value.type === 'boolean' ? String(value.value) : value.text;
}
