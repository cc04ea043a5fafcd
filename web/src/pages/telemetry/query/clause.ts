/** `column:"value"` as the search reads it. */
export const clause = (column: string, value: string): string => `${column}:${quoted(value)}`;

/** Exactly this text, whatever is in it. */
export const quoted = (value: string): string => `"${value.replaceAll('"', '\\"')}"`;
