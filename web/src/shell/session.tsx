import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react';
import { ApiError, api, onUnauthenticated, setCsrf } from '../api/client.ts';
import type { Answer } from '../api/types.ts';

/** The signed-in person, as `GET /api/session` tells. */
export type Session = Answer<'/api/session'>;

interface SessionState {
  /** `null`: nobody is signed in; `undefined`: not known yet. */
  readonly session: Session | null | undefined;
  readonly error: ApiError | null;
  /** Asks again; call it after signing in. */
  refresh(): Promise<void>;
  /** Ends the session on the server and forgets everything that was read with it. */
  signOut(): Promise<void>;
  /** Whether the person may do this; without a session nothing. */
  may(permission: string): boolean;
}

const SessionContext = createContext<SessionState | undefined>(undefined);
const SESSION_FRESH_MS = 300_000;
const KEY = ['/api/session', {}];

async function readSession(): Promise<Session | null> {
  try {
    const session = await api.get<Session>('/api/session');
    setCsrf(session.csrf);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

/** Asks for the session before anything is drawn, while texts and page are on their way. */
export const prefetchSession = (client: QueryClient): Promise<void> =>
  client.prefetchQuery({ queryKey: KEY, queryFn: readSession, staleTime: SESSION_FRESH_MS });

/** Forgets the person and everything that was read with that session, so that the next one sees nothing of it. */
function endSession(client: QueryClient): void {
  client.setQueryData(KEY, null);
  client.removeQueries({ predicate: ({ queryKey: [url] }) => url !== KEY[0] });
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data: session, error } = useQuery<Session | null, ApiError>({
    queryKey: KEY,
    queryFn: readSession,
    staleTime: SESSION_FRESH_MS,
  });

  // An answer 401 anywhere means that the session is over: the gate then leads to the sign-in page.
  useEffect(
    () =>
      onUnauthenticated(() => {
        if (client.getQueryData(KEY)) endSession(client);
      }),
    [client],
  );

  const state = useMemo<SessionState>(
    () => ({
      session,
      error,
      refresh: async () => {
        await client.fetchQuery({ queryKey: KEY, queryFn: readSession, staleTime: 0 });
      },
      signOut: async () => {
        await api.delete('/api/session');
        endSession(client);
      },
      may: (permission) => (session ? permission === 'signed-in' || session.permissions.includes(permission) : false),
    }),
    [client, session, error],
  );
  return <SessionContext value={state}>{children}</SessionContext>;
}

export function useSessionState(): SessionState {
  const state = useContext(SessionContext);
  if (!state) throw new Error('useSessionState needs a SessionProvider above it');
  return state;
}

/** The session of a page that only signed-in people reach. */
export function useSession(): Session {
  const { session } = useSessionState();
  if (!session) throw new Error('useSession is for pages behind the sign-in');
  return session;
}

/** `const may = useMay(); may('order.issue')`: show a button only to those who may use it. */
export const useMay = (): ((permission: string) => boolean) => useSessionState().may;
