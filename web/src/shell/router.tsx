import { pages } from 'virtual:pages';
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
} from '@tanstack/react-router';
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

const root = createRootRoute({ component: Frame, notFoundComponent: NotFoundPage, errorComponent: RouteError });

const routes = pages.map((entry) =>
  createRoute({
    getParentRoute: () => root,
    path: entry.path,
    staticData: { page: entry },
    validateSearch: (search: Record<string, unknown>) => search,
    component: lazyRouteComponent(async () => ({ Page: (await entry.load()).page.Page }), 'Page'),
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
