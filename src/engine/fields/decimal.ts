/** A hexadecimal number of 32 bits as a decimal one (`0x1a4` is `420`); any other text stays. */
export function decimal(text: string): string;
export function decimal(text: string | undefined): string | undefined;
export function decimal(text: string | undefined): string | undefined {
  return text !== undefined && /^0x[0-9a-f]{1,8}$/i.test(text) ? String(Number.parseInt(text, 16)) : text;
}
