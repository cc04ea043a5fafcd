import { pages } from 'virtual:pages';
import { MENU_GROUPS, type MenuGroup, type PageEntry } from './page.ts';
import type { Session } from './session.tsx';

export interface MenuEntry {
  readonly path: string;
  /** Key of its name in texts. */
  readonly title: string;
}

export interface MenuSection {
  readonly group: MenuGroup;
  readonly entries: readonly MenuEntry[];
}

/** Pages of the centre that people of a unit see under another name. Everything else of theirs has the group `mine`. */
const ALSO_MINE: readonly (MenuEntry & { order: number })[] = [
  { path: '/assets', title: 'shell.mine.assets', order: 20 },
  { path: '/vulnerabilities', title: 'shell.mine.vulnerabilities', order: 30 },
];

const allowed = (page: PageEntry, session: Session): boolean =>
  page.permission === 'signed-in' || session.permissions.includes(page.permission);

function mine(session: Session): MenuEntry[] {
  const open = pages.filter((page) => allowed(page, session));
  const own = open.flatMap((page) =>
    page.menu?.group === 'mine' ? [{ path: page.path, title: page.title, order: page.menu.order }] : [],
  );
  const shared = ALSO_MINE.filter(({ path }) => open.some((page) => page.path === path));
  return [...own, ...shared].sort((a, b) => a.order - b.order);
}

/** The menu of this person: only groups with pages they may use; people of a unit have only their own. */
export function menuOf(session: Session): readonly MenuSection[] {
  if (session.scope.side === 'unit') return [{ group: 'mine', entries: mine(session) }];
  return MENU_GROUPS.filter((group) => group !== 'mine').flatMap((group) => {
    const entries = pages
      .filter((page) => page.menu?.group === group && allowed(page, session))
      .sort((a, b) => (a.menu?.order ?? 0) - (b.menu?.order ?? 0));
    return entries.length > 0 ? [{ group, entries }] : [];
  });
}

/** The menu entry that a path belongs to: the longest that it starts with. */
export function currentEntry(sections: readonly MenuSection[], path: string): MenuEntry | undefined {
  return sections
    .flatMap(({ entries }) => entries)
    .filter((entry) => (entry.path === '/' ? path === '/' : path === entry.path || path.startsWith(`${entry.path}/`)))
    .sort((a, b) => b.path.length - a.path.length)[0];
}

/** The page of the own account, once the identity slice has one. */
export const ACCOUNT_PATH = pages.find(({ path }) => path === '/account')?.path;

/** Where a person starts: the overview, or the first page they may use (a unit's people: their tasks). */
export const startPath = (session: Session): string => menuOf(session)[0]?.entries[0]?.path ?? '/';
