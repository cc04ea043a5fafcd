import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client.ts';
import { startTexts } from './shell/i18n.ts';
import { signStyles } from './shell/nonce.ts';
import { makeRouter } from './shell/router.tsx';
import { prefetchSession, SessionProvider } from './shell/session.tsx';
import { ThemeProvider } from './shell/theme-provider.tsx';
import 'virtual:antd-styles.css';
import './shell/global.css';
import './parts/parts.css';
import './parts/list.css';
import './parts/detail.css';
import './parts/words.css';
import './parts/figures.css';

/** A refusal stays a refusal; only what may pass (network, restart) is tried again. */
const worthRetrying = (failures: number, error: Error): boolean =>
  failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500);

const client = new QueryClient({
  defaultOptions: { queries: { retry: worthRetrying, staleTime: 10_000, refetchOnWindowFocus: true } },
});

signStyles();
const router = makeRouter();
// The texts, the session and the code of the page travel at the same time.
void prefetchSession(client);
void router.load();
await startTexts();

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no element #root');

createRoot(container).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <ThemeProvider>
        <SessionProvider>
          <RouterProvider router={router} />
        </SessionProvider>
      </ThemeProvider>
    </QueryClientProvider>
  </StrictMode>,
);
