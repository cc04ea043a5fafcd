import { first, useUrlState } from '#shell/url-state.ts';

/** What the drawer of saved searches shows: all of them, those that fail, or one by its id, and which of its runs. */
export interface ShownSaved {
  readonly which: string;
  readonly run: string | undefined;
}

export const SAVED_ALL = 'all';
export const SAVED_FAILING = 'failing';

/** What of the saved searches the address asks for; undefined: the drawer is closed. */
export function useShownSaved(): ShownSaved | undefined {
  const [url] = useUrlState();
  const which = first(url.saved);
  return which === undefined ? undefined : { which, run: first(url.run) };
}

/** The address of a saved search with its runs, or of those that fail. */
export const savedAddress = (which: string, run?: string): string =>
  `/events?${new URLSearchParams({ saved: which, ...(run ? { run } : {}) })}`;
