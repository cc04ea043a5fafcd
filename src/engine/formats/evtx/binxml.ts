import { BINXML, ChunkBytes, type EvtxValue, readValue } from './values.ts';

/** A part of an element's content or of an attribute's value. */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  /** Filled in from the values of the record. */
  | { readonly kind: 'slot'; readonly index: number; readonly optional: boolean }
  | { readonly kind: 'element'; readonly element: Element }
  /** A template with its own values, in the middle of an element. */
  | { readonly kind: 'instance'; readonly instance: Instance };

interface Element {
  readonly name: string;
  readonly attributes: { readonly name: string; readonly parts: Part[] }[];
  readonly content: Part[];
}

/** A template with the values of one record. */
interface Instance {
  readonly template: readonly Part[];
  readonly values: readonly Value[];
}

/** A value is read when a slot asks for it: most are asked once. */
interface Value {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

/** What an element becomes: its text, or members. */
export type EvtxNode = EvtxValue | { readonly [name: string]: EvtxNode } | readonly EvtxNode[];

const DEPTH_MAX = 40;
const VALUES_MAX = 4096;
/** Tokens read and elements written for one record; templates that name each other could ask for any number. */
const STEPS_MAX = 200_000;
/** Characters that entities stand for. */
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The bit of a token that only says whether more follows; the element's says whether it has attributes. */
const MORE = 0x40;

class Damaged extends Error {}

/** Reads the binary XML of one chunk ([MS-EVEN6] 2.2.12); templates are kept by their place in it. */
export class BinXmlReader {
  private readonly chunk: ChunkBytes;
  private readonly templates = new Map<number, readonly Part[]>();
  private readonly names = new Map<number, { name: string; bytes: number }>();
  private steps = 0;

  constructor(bytes: Uint8Array) {
    this.chunk = new ChunkBytes(bytes);
  }

  /** The event of a record as XML turned into JSON. @throws Error when the bytes are no binary XML */
  event(from: number, to: number): { readonly [name: string]: EvtxNode } {
    this.steps = 0;
    const { parts } = this.parts(from, to, false, 0);
    return this.members(parts, [], 0);
  }

  private step(depth: number): void {
    this.steps += 1;
    if (depth > DEPTH_MAX || this.steps > STEPS_MAX) throw new Damaged('nested too deep or too often');
  }

  /** Reads tokens up to the end of a fragment. @param inTemplate elements of templates carry a number more */
  private parts(from: number, to: number, inTemplate: boolean, depth: number): { parts: Part[]; end: number } {
    const { view } = this.chunk;
    const root: Part[] = [];
    const open: Element[] = [];
    let attribute: Part[] | undefined;
    let at = from;
    const add = (part: Part): void => void (attribute ?? open.at(-1)?.content ?? root).push(part);
    while (at < to) {
      this.step(depth + open.length);
      const token = view.getUint8(at);
      at += 1;
      switch (token & ~MORE) {
        case 0x00:
          return { parts: root, end: at };
        case 0x01: {
          const nameAt = at + (inTemplate ? 6 : 4);
          const { name, end } = this.name(nameAt);
          at = end + (token & MORE ? 4 : 0);
          const element: Element = { name, attributes: [], content: [] };
          add({ kind: 'element', element });
          open.push(element);
          attribute = undefined;
          break;
        }
        case 0x02:
          attribute = undefined;
          break;
        case 0x03:
        case 0x04:
          attribute = undefined;
          open.pop();
          break;
        case 0x05: {
          const units = view.getUint16(at + 1, true);
          add({ kind: 'text', text: this.chunk.text(at + 3, units) });
          at += 3 + units * 2;
          break;
        }
        case 0x06: {
          const { name, end } = this.name(at);
          attribute = [];
          open.at(-1)?.attributes.push({ name, parts: attribute });
          at = end;
          break;
        }
        case 0x07:
        case 0x0b: {
          const units = view.getUint16(at, true);
          if ((token & ~MORE) === 0x07) add({ kind: 'text', text: this.chunk.text(at + 2, units) });
          at += 2 + units * 2;
          break;
        }
        case 0x08:
          add({ kind: 'text', text: String.fromCharCode(view.getUint16(at, true)) });
          at += 2;
          break;
        case 0x09: {
          const { name, end } = this.name(at);
          add({ kind: 'text', text: ENTITIES[name] ?? `&${name};` });
          at = end;
          break;
        }
        case 0x0a:
          at = this.name(at).end;
          break;
        case 0x0c: {
          const { instance, end } = this.instance(at, depth);
          add({ kind: 'instance', instance });
          at = end;
          break;
        }
        case 0x0d:
        case 0x0e:
          add({ kind: 'slot', index: view.getUint16(at, true), optional: (token & ~MORE) === 0x0e });
          at += 3;
          break;
        case 0x0f:
          at += 3;
          break;
        default:
          throw new Damaged(`unknown token ${token}`);
      }
    }
    return { parts: root, end: at };
  }

  /** A name stands where it is first used; later uses refer to that place. @returns where to read on */
  private name(at: number): { name: string; end: number } {
    const place = this.chunk.view.getUint32(at, true);
    let known = this.names.get(place);
    if (!known) {
      const units = this.chunk.view.getUint16(place + 6, true);
      known = { name: this.chunk.text(place + 8, units), bytes: 8 + units * 2 + 2 };
      this.names.set(place, known);
    }
    return { name: known.name, end: place === at + 4 ? at + 4 + known.bytes : at + 4 };
  }

  private instance(from: number, depth: number): { instance: Instance; end: number } {
    const { view } = this.chunk;
    const place = view.getUint32(from + 5, true);
    let at = from + 9;
    const bodyBytes = view.getUint32(place + 20, true);
    let template = this.templates.get(place);
    if (!template) {
      template = this.parts(
        place + 24,
        Math.min(place + 24 + bodyBytes, this.chunk.bytes.length),
        true,
        depth + 1,
      ).parts;
      this.templates.set(place, template);
    }
    if (place === at) at += 24 + bodyBytes;
    const count = view.getUint32(at, true);
    if (count > VALUES_MAX) throw new Damaged('too many values');
    at += 4;
    let valueAt = at + count * 4;
    const values: Value[] = [];
    for (let index = 0; index < count; index += 1, at += 4) {
      const size = view.getUint16(at, true);
      values.push({ type: view.getUint8(at + 2), at: valueAt, size });
      valueAt += size;
    }
    return { instance: { template, values }, end: valueAt };
  }

  /** What a value is: text, or the elements of XML inside it. */
  private value({ type, at, size }: Value, depth: number): EvtxNode {
    if (type !== BINXML) return readValue(this.chunk, type, at, size);
    if (size === 0) return null;
    return this.members(this.parts(at, at + size, false, depth + 1).parts, [], depth + 1);
  }

  private element(element: Element, values: readonly Value[], depth: number): EvtxNode {
    this.step(depth);
    const attributes: [string, EvtxNode][] = [];
    for (const { name, parts } of element.attributes) {
      const value = this.content(parts, values, depth);
      // An optional value that is not there takes its attribute with it.
      if (value !== null && value !== '') attributes.push([name, value]);
    }
    const content = this.content(element.content, values, depth);
    if (attributes.length === 0) return content;
    const own = { '#attributes': Object.fromEntries(attributes) };
    if (content === null) return own;
    return typeof content === 'object' && !Array.isArray(content)
      ? { ...own, ...content }
      : { ...own, '#text': content };
  }

  /** One value stays what it is; several make a text; elements make members. */
  private content(parts: readonly Part[], values: readonly Value[], depth: number): EvtxNode {
    if (parts.some(({ kind }) => kind === 'element' || kind === 'instance')) return this.members(parts, values, depth);
    const found = parts.map((part): EvtxNode => {
      if (part.kind === 'text') return part.text;
      const value = part.kind === 'slot' ? values[part.index] : undefined;
      return value ? this.value(value, depth) : null;
    });
    const [only = null] = found;
    if (found.length <= 1) return only;
    return found
      .filter((one) => one !== null)
      .map((one) => (Array.isArray(one) ? one.join(', ') : String(one)))
      .join('');
  }

  /** Elements by name; several of one name become a list, `Data` elements with names become members of these names. */
  private members(parts: readonly Part[], values: readonly Value[], depth: number): { [name: string]: EvtxNode } {
    const found = new Map<string, EvtxNode>();
    const put = (name: string, node: EvtxNode): void => {
      const before = found.get(name);
      if (before === undefined) found.set(name, node);
      else found.set(name, Array.isArray(before) ? [...before, node] : [before, node]);
    };
    for (const part of parts) {
      this.step(depth);
      if (part.kind === 'element') putElement(part.element.name, this.element(part.element, values, depth + 1), put);
      else if (part.kind === 'instance') {
        const { template, values: own } = part.instance;
        for (const [name, node] of Object.entries(this.members(template, own, depth + 1))) put(name, node);
      } else if (part.kind === 'slot') {
        const value = values[part.index];
        const inner = value?.type === BINXML ? this.value(value, depth) : null;
        if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) {
          for (const [name, node] of Object.entries(inner)) put(name, node);
        }
      }
    }
    return Object.fromEntries(found);
  }
}

/** `<Data Name="Image">x</Data>` is `Image: x`. */
function putElement(name: string, node: EvtxNode, put: (name: string, node: EvtxNode) => void): void {
  const isMembers = name === 'Data' && typeof node === 'object' && node !== null && !isList(node);
  const attributes = isMembers ? node['#attributes'] : undefined;
  const isNamed = typeof attributes === 'object' && attributes !== null && !isList(attributes);
  const given = isNamed ? attributes.Name : undefined;
  if (isMembers && typeof given === 'string') put(given, node['#text'] ?? null);
  else put(name, node);
}

const isList = (node: EvtxNode): node is readonly EvtxNode[] => Array.isArray(node);
