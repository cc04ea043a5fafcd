import type { ComponentType } from 'react';

/** The groups of the menu, in the order in which the policy names the work. `mine` is the menu of a unit's people. */
export const MENU_GROUPS = [
  'overview',
  'sense',
  'ledger',
  'warning',
  'tracing',
  'command',
  'service',
  'supervision',
  'system',
  'mine',
] as const;

export type MenuGroup = (typeof MENU_GROUPS)[number];

/**
 * One page. A file `pages/<slice>/<name>.page.tsx` exports it as `page`, with every field except `Page` written as a
 * plain literal: they are read at build time, so that the page itself loads only when somebody opens it.
 */
export interface PageDefinition {
  /** `/orders`, `/orders/$id`; parameters as in TanStack Router. */
  readonly path: string;
  /** Key of the title in texts, `orders.title`. */
  readonly title: string;
  /** Permission a person needs to open it, or `signed-in`. */
  readonly permission: string;
  /** Where it stands in the menu; without it the page is reached by links only. */
  readonly menu?: { readonly group: MenuGroup; readonly order: number };
  /** Reachable without signing in, shown without menu and header (sign-in, set-up). */
  readonly public?: boolean;
  readonly Page: ComponentType;
}

/** What is known of a page before it is loaded. */
export interface PageEntry extends Omit<PageDefinition, 'Page'> {
  load(): Promise<{ page: PageDefinition }>;
}
