import { pages } from 'virtual:pages';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { ApiError, isReachable } from '../api/client.ts';
import { PageSkeleton } from '../parts/skeleton.tsx';
import { NotFoundPage, RouteError } from './failure-pages.tsx';
import { Frame } from './frame.tsx';
import type { PageEntry } from './page.ts';
import { parseSearch, stringifySearch } from './url-state.ts';

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    page?: PageEntry;
  }
}

/**
 * The code of a page. What is missing from a platform that answers was replaced by a newer version, and the router loads
 * the document anew; from one that does not answer nothing would come, and the reader would lose the console as well.
 *
 * @throws ApiError `unreachable`
 */
async function partOf(entry: PageEntry): Promise<{ Page: ComponentType }> {
  try {
    return { Page: (await entry.load()).page.Page };
  } catch (failure) {
    if (await isReachable()) throw failure;
    throw new ApiError(0, { code: 'unreachable' });
  }
}

const root = createRootRoute({ component: Frame, notFoundComponent: NotFoundPage, errorComponent: RouteError });

const routes = pages.map((entry) =>
  createRoute({
    getParentRoute: () => root,
    path: entry.path,
    staticData: { page: entry },
    validateSearch: (search: Record<string, unknown>) => search,
    component: lazyRouteComponent(() => partOf(entry), 'Page'),
    errorComponent: RouteError,
    pendingComponent: PageSkeleton,
  }),
);

/** The router over all pages; `history` is for tests. */
export const makeRouter = (history?: RouterHistory) =>
  createRouter({
    routeTree: root.addChildren(routes),
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    defaultPendingMs: 200,
    scrollRestoration: true,
    ...(history ? { history } : {}),
  });
