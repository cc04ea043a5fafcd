import { SaxesParser, type SaxesTagPlain } from 'saxes';

/** An element with everything in it. Attributes have no prototype, so no name in a file is special. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  /** Text directly inside. */
  text: string;
  readonly line: number;
}

export interface XmlHandlers {
  /** Elements handed over whole, by name without prefix. */
  readonly records: ReadonlySet<string>;
  record(node: XmlNode, parents: readonly string[]): void;
  /** Any other element, as it begins and ends. */
  open?(name: string, attributes: Readonly<Record<string, string>>, line: number): void;
  close?(name: string, text: string): void;
}

export interface XmlFault {
  readonly line: number;
  readonly reason: 'xml.broken' | 'xml.doctype' | 'xml.deep' | 'xml.large';
  readonly detail: string;
}

const DEPTH_MAX = 120;
const NODES_OF_RECORD_MAX = 200_000;
const TEXT_OF_NODE_MAX = 200_000;

/**
 * Document types that honest scanners write. They declare nothing that could be expanded, and what they point to is
 * never opened. Every other one is refused, and so is any that declares an entity.
 */
const KNOWN_DOCTYPES = /^\s*(?:nmaprun|issues|ASSET_DATA_REPORT|SCAN)\b/;

const isHarmless = (doctype: string): boolean => KNOWN_DOCTYPES.test(doctype) && !/<!ENTITY|%/i.test(doctype);

class Stop extends Error {
  readonly fault: XmlFault;
  constructor(fault: XmlFault) {
    super(fault.reason);
    this.fault = fault;
  }
}

const bareName = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Reads XML from one end to the other and hands over record by record; no more than one record is in memory as a tree.
 * Entities other than the five of XML, and document types but those of known scanners, end the reading.
 *
 * @returns the fault at which reading ended; what came before it was handed over
 */
export function readXml(text: string, handlers: XmlHandlers): XmlFault | undefined {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const stop = (reason: XmlFault['reason'], detail: string): never => {
    throw new Stop({ line: parser.line, reason, detail });
  };
  const parents: string[] = [];
  const texts: string[] = [];
  let tree: XmlNode[] = [];
  let nodes = 0;

  parser.on('doctype', (doctype) => {
    if (!isHarmless(doctype)) stop('xml.doctype', doctype.trim().slice(0, 80));
  });
  parser.on('error', (error) => stop('xml.broken', error.message));
  parser.on('opentag', (tag: SaxesTagPlain) => {
    const name = bareName(tag.name);
    if (parents.length + tree.length >= DEPTH_MAX) stop('xml.deep', name);
    const inside = tree.at(-1);
    if (inside === undefined && !handlers.records.has(name)) {
      parents.push(name);
      texts.push('');
      handlers.open?.(name, tag.attributes, parser.line);
      return;
    }
    nodes += 1;
    if (nodes > NODES_OF_RECORD_MAX) stop('xml.large', name);
    const node: XmlNode = { name, attributes: tag.attributes, children: [], text: '', line: parser.line };
    inside?.children.push(node);
    tree.push(node);
  });
  const addText = (piece: string): void => {
    const node = tree.at(-1);
    if (node !== undefined) {
      if (node.text.length < TEXT_OF_NODE_MAX) node.text += piece;
      return;
    }
    const last = texts.length - 1;
    const before = texts[last];
    if (before !== undefined && before.length < TEXT_OF_NODE_MAX) texts[last] = before + piece;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const node = tree.at(-1);
    if (node === undefined) {
      const [name = '', inside = ''] = [parents.pop(), texts.pop()];
      handlers.close?.(name, inside.trim());
      return;
    }
    tree = tree.slice(0, -1);
    if (tree.length > 0) return;
    nodes = 0;
    handlers.record(node, parents);
  });
  try {
    const STEP = 1 << 16;
    for (let from = 0; from < text.length; from += STEP) parser.write(text.slice(from, from + STEP));
    parser.close();
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.fault;
    return { line: parser.line, reason: 'xml.broken', detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The first child of that name. */
export const child = (node: XmlNode | undefined, name: string): XmlNode | undefined =>
  node?.children.find((one) => one.name === name);

export const childrenOf = (node: XmlNode | undefined, name: string): XmlNode[] =>
  node?.children.filter((one) => one.name === name) ?? [];

/** Text of the first child of that name, '' when there is none. */
export const textOf = (node: XmlNode | undefined, name: string): string => (child(node, name)?.text ?? '').trim();

export const textsOf = (node: XmlNode | undefined, name: string): string[] =>
  childrenOf(node, name).map(({ text }) => text.trim());

/** Every descendant of that name. */
export function descendants(node: XmlNode | undefined, name: string): XmlNode[] {
  const found: XmlNode[] = [];
  const waiting = [...(node?.children ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.name === name) found.push(next);
    waiting.push(...next.children);
  }
  return found.reverse();
}

/** All text inside, of every descendant, in order of the elements. */
export const allText = (node: XmlNode | undefined): string =>
  node === undefined
    ? ''
    : [node.text, ...node.children.map(allText)]
        .map((text) => text.trim())
        .join(' ')
        .trim();
