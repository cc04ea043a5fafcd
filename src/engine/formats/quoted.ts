const BACKSLASH = 0x5c;

/** What stands in quotes. */
interface Quoted {
  readonly text: string;
  /** The place after the closing quote; -1: there is none, and the text goes to the end. */
  readonly end: number;
}

/**
 * Reads a value up to its closing quote.
 *
 * @param from the place after the opening quote
 * @param escaped signs before which a backslash is an escape; before any other it is itself
 */
export function readQuoted(text: string, from: number, quote: string, escaped: string): Quoted {
  const closing = quote.charCodeAt(0);
  let value = '';
  let start = from;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === closing) return { text: value + text.slice(start, at), end: at + 1 };
    if (code !== BACKSLASH || at + 1 === text.length || !escaped.includes(text.charAt(at + 1))) continue;
    value += text.slice(start, at);
    at += 1;
    start = at;
  }
  return { text: value + text.slice(start), end: -1 };
}
