import { useTranslation } from 'react-i18next';

/** A name that the server knows in both languages (states, rules, standards). */
export interface LocalText {
  readonly zh: string;
  readonly en: string;
}

/** `const local = useLocal(); local(alert.title)`: the reader's language, or the other where that is empty. */
export function useLocal(): (text: LocalText) => string {
  const { i18n } = useTranslation();
  return i18n.language === 'en' ? ({ zh, en }) => en || zh : ({ zh, en }) => zh || en;
}
