/** `column:"value"` as the search reads it. */
export const clause = (column: string, value: string): string => `${column}:${quoted(value)}`;

/** Exactly this text, whatever is in it: backslashes before a quote, or before the end, are doubled. */
export const quoted = (value: string): string =>
  `"${value.replace(/(\\*)("|$)/g, (_, slashes: string, quote: string) => slashes + slashes + (quote && '\\"'))}"`;
