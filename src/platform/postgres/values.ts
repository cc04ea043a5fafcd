/** Types whose values both drivers give otherwise than they would by themselves. */
export const BIGINT_OID = 20;
export const DATE_OID = 1082;

/** Counters and sizes stay far below 2^53, so both drivers give them as numbers. */
export const parseBigint = (text: string): number => Number(text);

/** A day is no instant: as a `Date` it would be another day in another zone. */
export const parseDate = (text: string): string => text;
