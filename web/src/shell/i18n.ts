import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { readSetting, writeSetting } from './settings.ts';

export type Language = 'zh' | 'en';

/** Texts of one folder: nested, the same keys in both languages. `reasons` translates the server's error reasons. */
export interface Texts {
  readonly [key: string]: string | Texts;
}

interface TextsModule {
  readonly texts: { readonly zh: Texts; readonly en: Texts };
}

const modules: Record<string, TextsModule> = {
  ...import.meta.glob<TextsModule>('../pages/*/texts.ts', { eager: true }),
  ...import.meta.glob<TextsModule>(['./texts.ts', '../parts/texts.ts'], { eager: true }),
};

/** `../pages/orders/texts.ts` → `orders`, `./texts.ts` → `shell`: the first word of every key. */
const namespaceOf = (file: string): string => (file === './texts.ts' ? 'shell' : (file.split('/').at(-2) ?? ''));

function resourcesOf(language: Language) {
  const translation: Record<string, Texts> = {};
  const reasons: Record<string, string | Texts> = {};
  for (const [file, module] of Object.entries(modules)) {
    const texts = module.texts[language];
    translation[namespaceOf(file)] = texts;
    if (typeof texts.reasons === 'object') Object.assign(reasons, texts.reasons);
  }
  return { translation, reasons };
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
  i18next.on('languageChanged', mark);
  await i18next.use(initReactI18next).init({
    lng: preferred(),
    fallbackLng: 'zh',
    resources: { zh: resourcesOf('zh'), en: resourcesOf('en') },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  mark(i18next.language);
}

export async function chooseLanguage(language: Language): Promise<void> {
  writeSetting('language', language);
  await i18next.changeLanguage(language);
}
