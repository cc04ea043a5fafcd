import { theme as antTheme, type ThemeConfig } from 'antd';

export type Mode = 'light' | 'dark';

/** One tone: text on the ordinary background, a quiet background for tags, and a solid fill (icons, bars, dots). */
interface Tone {
  readonly text: string;
  readonly soft: string;
  readonly solid: string;
}

/** The law's four levels; these colours mean nothing else. */
export type LevelName = 'red' | 'orange' | 'yellow' | 'blue';
/** What a state says: nothing moves yet, somebody is at it, finished, too late. */
export type StateTone = 'waiting' | 'moving' | 'done' | 'overdue';

export interface Palette {
  readonly mode: Mode;
  readonly accent: string;
  readonly level: Readonly<Record<LevelName, Tone>>;
  readonly state: Readonly<Record<StateTone, Tone>>;
  /** Series of a chart, in this order, told apart also by the colour-blind. */
  readonly chart: readonly string[];
  /** From little to much, for maps and heat. */
  readonly heat: readonly string[];
  readonly mark: string;
  /** Text on a light and on a dark fill, and the line between fills. */
  readonly ink: string;
  readonly paper: string;
  readonly line: string;
}

const LIGHT: Palette = {
  mode: 'light',
  accent: '#0f6f7f',
  level: {
    red: { text: '#b3141d', soft: '#fdecec', solid: '#d4222c' },
    orange: { text: '#a84300', soft: '#fdf0e4', solid: '#e8710a' },
    yellow: { text: '#7a5b00', soft: '#fdf6d8', solid: '#e0b000' },
    blue: { text: '#1a56b0', soft: '#e9f1fd', solid: '#2f74d8' },
  },
  state: {
    waiting: { text: '#565e66', soft: '#eff1f3', solid: '#8c959f' },
    moving: { text: '#1a56b0', soft: '#e9f1fd', solid: '#2f74d8' },
    done: { text: '#1c6b36', soft: '#e7f5eb', solid: '#2f9e52' },
    overdue: { text: '#b3141d', soft: '#fdecec', solid: '#d4222c' },
  },
  chart: ['#0f6f7f', '#c8801a', '#5b6abf', '#5f8f3a', '#b04f7a', '#7a6a58'],
  heat: ['#eef4f5', '#cfe3e6', '#9cc8ce', '#5ba3ad', '#24808f', '#0b5563'],
  mark: '#fff2b3',
  ink: '#1f2a2e',
  paper: '#ffffff',
  line: '#ffffff',
};

const DARK: Palette = {
  mode: 'dark',
  accent: '#35aebf',
  level: {
    red: { text: '#ff8f8f', soft: '#3a1a1c', solid: '#e5484d' },
    orange: { text: '#ffac6b', soft: '#38230f', solid: '#ee8330' },
    yellow: { text: '#f2cc4d', soft: '#332b0e', solid: '#e0b425' },
    blue: { text: '#8ab8ff', soft: '#172742', solid: '#4a8be8' },
  },
  state: {
    waiting: { text: '#aab3bc', soft: '#262b30', solid: '#7d8790' },
    moving: { text: '#8ab8ff', soft: '#172742', solid: '#4a8be8' },
    done: { text: '#7fd197', soft: '#14301d', solid: '#3fae62' },
    overdue: { text: '#ff8f8f', soft: '#3a1a1c', solid: '#e5484d' },
  },
  chart: ['#35aebf', '#e0a24a', '#8d9bea', '#8fbf67', '#d987ae', '#b3a08c'],
  heat: ['#1c2427', '#1d3a40', '#1f545e', '#22727f', '#2a94a4', '#52c0cf'],
  mark: '#5c4b00',
  ink: '#0f1416',
  paper: '#ffffff',
  line: '#3a454a',
};

export const paletteOf = (mode: Mode): Palette => (mode === 'dark' ? DARK : LIGHT);

/** Fonts that the systems of government offices have; nothing is loaded from anywhere. */
const FONT =
  'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "HarmonyOS Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei", sans-serif';
const FONT_CODE = 'ui-monospace, "Cascadia Mono", "SF Mono", Menlo, Consolas, "Noto Sans Mono CJK SC", monospace';

const LIGHT_TOKENS = {
  colorPrimaryBg: '#e4f1f3',
  colorPrimaryBgHover: '#d3e8eb',
  colorInfoBg: '#eef6f7',
  colorInfoBorder: '#c5e0e4',
};
const DARK_TOKENS = {
  colorPrimaryBg: '#17353b',
  colorPrimaryBgHover: '#1c424a',
  colorInfoBg: '#142b30',
  colorInfoBorder: '#1f4a53',
  colorBgBase: '#0f1416',
  colorBgContainer: '#171d20',
  colorBgElevated: '#1f272b',
  colorBorder: '#3a454a',
  colorBorderSecondary: '#273034',
};

/** The one set of tokens: Ant Design's from here, charts and our own styles from `paletteOf`. */
export function antThemeOf(mode: Mode): ThemeConfig {
  const palette = paletteOf(mode);
  const dark = mode === 'dark';
  return {
    algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
    cssVar: { key: 'tongan' },
    hashed: false,
    // The styles come from a file that the build writes (antd-styles-plugin.ts).
    zeroRuntime: true,
    token: {
      colorPrimary: palette.accent,
      colorInfo: palette.accent,
      colorLink: dark ? '#5cc3d1' : '#0f6f7f',
      colorSuccess: palette.state.done.solid,
      colorWarning: palette.level.orange.solid,
      colorError: palette.level.red.solid,
      colorBgLayout: dark ? '#0f1416' : '#f4f6f7',
      ...(dark ? DARK_TOKENS : LIGHT_TOKENS),
      fontFamily: FONT,
      fontFamilyCode: FONT_CODE,
      borderRadius: 6,
      wireframe: false,
    },
    components: {
      Layout: { headerPadding: 0, headerHeight: 56 },
      Menu: {
        subMenuItemBg: 'transparent',
        activeBarBorderWidth: 0,
        itemBorderRadius: 6,
        itemHeight: 36,
        itemMarginBlock: 2,
        groupTitleFontSize: 12,
      },
      Table: { headerBorderRadius: 6, cellPaddingBlockSM: 7 },
      Card: { headerHeight: 48 },
      // A calendar with its hours and minutes fits a phone.
      DatePicker: { cellWidth: 32, timeColumnWidth: 44 },
      Button: { primaryShadow: 'none', defaultShadow: 'none', dangerShadow: 'none' },
    },
  };
}
