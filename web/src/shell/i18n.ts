import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { readSetting, writeSetting } from './settings.ts';

export type Language = 'zh' | 'en';

/** Texts of one folder: nested, the same keys in both languages. `reasons` translates the server's error reasons. */
export interface Texts {
  readonly [key: string]: string | Texts;
}

const resources = { zh: () => import('virtual:texts/zh'), en: () => import('virtual:texts/en') };

/** Fetches the texts of a language once. */
async function need(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'translation')) return;
  const { translation, reasons } = await resources[language]();
  i18next.addResourceBundle(language, 'translation', translation);
  i18next.addResourceBundle(language, 'reasons', reasons);
}

const preferred = (): Language => {
  const stored = readSetting('language');
  if (stored === 'zh' || stored === 'en') return stored;
  return navigator.languages.some((tag) => tag.startsWith('zh')) || !navigator.language.startsWith('en') ? 'zh' : 'en';
};

function mark(language: string): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}

/** Starts the texts: Chinese first, English complete, the choice remembered in this browser. */
export async function startTexts(): Promise<void> {
  const language = preferred();
  i18next.on('languageChanged', mark);
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: {},
    ns: ['translation', 'reasons'],
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await need(language);
  mark(language);
}

export async function chooseLanguage(language: Language): Promise<void> {
  writeSetting('language', language);
  await need(language);
  await i18next.changeLanguage(language);
}
