const TEXT_MAX = 4_000;

/** What the record store takes: a fault must never be the next one to fail. */
export const shortText = (text: string): string => text.replaceAll('\u0000', '').slice(0, TEXT_MAX).toWellFormed();

/** What an error says, as the record store takes it. */
export const errorText = (error: unknown): string => shortText(error instanceof Error ? error.message : String(error));
