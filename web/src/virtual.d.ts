declare module 'virtual:pages' {
  import type { PageEntry } from '#shell/page.ts';

  /** Every `*.page.tsx` under pages/, described but not loaded (see pages-plugin.ts). */
  export const pages: readonly PageEntry[];
}

declare module 'virtual:texts/*' {
  import type { Texts } from '#shell/i18n.ts';

  /** Texts of all folders in one language (see texts-plugin.ts). */
  export const translation: Record<string, Texts>;
  export const reasons: Texts;
}
