/** Small choices of this person in this browser (language, theme, columns). Nothing secret, nothing needed. */
const PREFIX = 'tongan.';

export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeSetting(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // A browser that keeps nothing: the choice lasts until the tab closes.
  }
}
