import { App, ConfigProvider } from 'antd';
import type { Locale } from 'antd/es/locale';
import enUS from 'antd/es/locale/en_US';
import zhCN from 'antd/es/locale/zh_CN';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { nonce } from './nonce.ts';
import { readSetting, writeSetting } from './settings.ts';
import { antThemeOf, type Mode, type Palette, paletteOf } from './theme.ts';

export type ModeChoice = Mode | 'system';

interface ThemeState {
  readonly palette: Palette;
  readonly choice: ModeChoice;
  choose(choice: ModeChoice): void;
}

const ThemeContext = createContext<ThemeState | undefined>(undefined);

/** Colours of the running theme, for charts and for everything Ant Design has no token for. */
export const usePalette = (): Palette => useThemeState().palette;

export function useThemeState(): ThemeState {
  const state = useContext(ThemeContext);
  if (!state) throw new Error('useThemeState needs a ThemeProvider above it');
  return state;
}

const darkSystem = window.matchMedia('(prefers-color-scheme: dark)');
const reducedMotion = window.matchMedia('(prefers-reduced-motion: reduce)');

const useMedia = (query: MediaQueryList): boolean =>
  useSyncExternalStore(
    (changed) => {
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => query.matches,
  );

const storedChoice = (): ModeChoice => {
  const stored = readSetting('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'system';
};

/** Writes the palette as `--ta-*` variables, which our few style sheets use. */
function paint(palette: Palette): void {
  const style = document.documentElement.style;
  document.documentElement.dataset.theme = palette.mode;
  style.setProperty('color-scheme', palette.mode);
  style.setProperty('--ta-accent', palette.accent);
  style.setProperty('--ta-mark', palette.mark);
  for (const [group, tones] of [
    ['level', palette.level],
    ['state', palette.state],
  ] as const) {
    for (const [name, tone] of Object.entries(tones)) {
      style.setProperty(`--ta-${group}-${name}-text`, tone.text);
      style.setProperty(`--ta-${group}-${name}-soft`, tone.soft);
      style.setProperty(`--ta-${group}-${name}-solid`, tone.solid);
    }
  }
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const [choice, setChoice] = useState(storedChoice);
  const systemIsDark = useMedia(darkSystem);
  const still = useMedia(reducedMotion);
  const mode: Mode = choice === 'system' ? (systemIsDark ? 'dark' : 'light') : choice;
  const locale: Locale = i18n.language === 'en' ? enUS : zhCN;

  useEffect(() => paint(paletteOf(mode)), [mode]);
  useEffect(() => {
    dayjs.locale(i18n.language === 'en' ? 'en' : 'zh-cn');
  }, [i18n.language]);

  const theme = useMemo(() => {
    const config = antThemeOf(mode);
    return { ...config, token: { ...config.token, motion: !still } };
  }, [mode, still]);
  const state = useMemo<ThemeState>(
    () => ({
      palette: paletteOf(mode),
      choice,
      choose(next) {
        writeSetting('theme', next);
        setChoice(next);
      },
    }),
    [mode, choice],
  );

  return (
    <ThemeContext value={state}>
      <ConfigProvider theme={theme} locale={locale} csp={nonce ? { nonce } : {}} button={{ autoInsertSpace: false }}>
        <App message={{ maxCount: 3 }} component={false}>
          {children}
        </App>
      </ConfigProvider>
    </ThemeContext>
  );
}
