import { isJsonObject, parseJsonObject } from './json.ts';

/** What the collector puts around an event that came with details of its transport, and the member that holds the event. */
const ENVELOPES: readonly (readonly [start: string, member: string])[] = [
  ['{"log":"hec/1"', 'event'],
  ['{"log":"otlp/1"', 'body'],
];

/**
 * The event inside an envelope of the collector: its text, or its JSON. A text without an envelope, or whose envelope
 * cannot be read, is given back as it is. The original text of the event stays the whole envelope.
 */
export function innerText(text: string): string {
  const member = ENVELOPES.find(([start]) => text.startsWith(start))?.[1];
  if (member === undefined) return text;
  const inner = parseJsonObject(text).record?.[member];
  if (typeof inner === 'string') return inner;
  return isJsonObject(inner) ? JSON.stringify(inner) : text;
}
