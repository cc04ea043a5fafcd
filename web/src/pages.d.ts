declare module 'virtual:pages' {
  import type { PageEntry } from '#shell/page.ts';

  /** Every `*.page.tsx` under pages/, described but not loaded (see pages-plugin.ts). */
  export const pages: readonly PageEntry[];
}
