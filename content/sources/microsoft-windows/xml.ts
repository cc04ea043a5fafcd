import type { JsonObject } from '#engine/formats/json.ts';

/** Longest text that is read; a Windows event has at most 64 KiB of data. */
const CHARS_MAX = 1024 * 1024;
const DEPTH_MAX = 16;
const ELEMENTS_MAX = 2000;

/** `<name`, then attributes; or an end tag; or what XML has besides, which an event does not need. */
const TAG =
  /<(?:(\/)([\w:.-]{1,100})\s*>|([\w:.-]{1,100})((?:\s+[\w:.-]{1,100}\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>)/y;
const ATTRIBUTE = /([\w:.-]{1,100})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;
const SKIPPED = /<\?[^?]*\?>|<!--(?:(?!-->)[\s\S])*-->/y;
const CDATA = /<!\[CDATA\[((?:(?!\]\]>)[\s\S])*)\]\]>/y;

interface Element {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** The part of a text that is a Windows event as XML, as NXLog, rsyslog and Windows' own forwarding send it; or undefined. */
export function eventXmlIn(text: string): string | undefined {
  const body = text.trim();
  return /^(?:<\?xml[^?]{0,100}\?>\s*)?<Event[\s>]/.test(body) && body.includes('<System>') ? body : undefined;
}

/**
 * Reads the XML of one Windows event (schema http://schemas.microsoft.com/win/2004/08/events/event) into the shape that
 * converters of XML to JSON give it. Entities are XML's five and numbers; there are no declarations, so nothing expands.
 *
 * @returns undefined when it is not well-formed, or too large
 */
export function readEventXml(text: string): JsonObject | undefined {
  const root = text.length <= CHARS_MAX ? parse(text) : undefined;
  return root?.name === 'Event' ? { Event: asJson(root) } : undefined;
}

function parse(text: string): Element | undefined {
  const open: Element[] = [{ name: '', attributes: {}, children: [], text: '' }];
  let elements = 0;
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < text.length) {
    const inner = open.at(-1);
    if (inner === undefined) return undefined;
    const less = text.indexOf('<', at);
    const end = less < 0 ? text.length : less;
    inner.text += decoded(text.slice(at, end));
    at = end;
    if (at === text.length) break;
    if (match(SKIPPED) !== null) continue;
    const plain = match(CDATA);
    if (plain !== null) {
      inner.text += plain[1] ?? '';
      continue;
    }
    const tag = match(TAG);
    if (tag === null) return undefined;
    const [, closing, closed, name = '', attributes = '', empty] = tag;
    if (closing !== undefined) {
      if (inner.name !== closed || open.length < 2) return undefined;
      open.pop();
      continue;
    }
    elements += 1;
    if (elements > ELEMENTS_MAX || open.length > DEPTH_MAX) return undefined;
    const element: Element = { name, attributes: attributesIn(attributes), children: [], text: '' };
    inner.children.push(element);
    if (empty === '') open.push(element);
  }
  const [document] = open;
  return open.length === 1 && document?.children.length === 1 ? document.children[0] : undefined;
}

const attributesIn = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(ATTRIBUTE)]
      .filter(([, name = '']) => name !== 'xmlns' && !name.startsWith('xmlns:'))
      .map(([, name = '', double, single]) => [name, decoded(double ?? single ?? '')]),
  );

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const decoded = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));/g, (whole, name, decimal, hex) => {
        if (typeof name === 'string') return ENTITIES[name] ?? whole;
        const code = typeof decimal === 'string' ? Number.parseInt(decimal, 10) : Number.parseInt(String(hex), 16);
        return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
      })
    : text;

/** Text alone where there is nothing else; else attributes, children by name, and the text as `#text`. */
function asJson({ attributes, children, text }: Element): string | JsonObject {
  const hasAttributes = Object.keys(attributes).length > 0;
  if (!hasAttributes && children.length === 0) return text;
  const json: Record<string, unknown> = hasAttributes ? { '#attributes': attributes } : {};
  for (const [name, same] of Object.entries(Object.groupBy(children, (child) => child.name))) {
    const values = (same ?? []).map(asJson);
    json[name] = values.length === 1 ? values[0] : values;
  }
  if (children.length === 0) json['#text'] = text;
  return json as JsonObject;
}
