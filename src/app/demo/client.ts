/** Talks to the platform's documented interface as one signed-in person, exactly as the console does. */
export interface DemoClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
}

async function answerOf<T>(response: Response, what: string): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${what} answered ${response.status}: ${text}`);
  return text === '' ? JSON.parse('null') : JSON.parse(text);
}

/** Asks or tells the platform something before anybody is signed in (first-run set-up). */
export async function callPublic<T>(address: string, method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await fetch(`${address}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return answerOf(response, `${method} ${path}`);
}

/** Signs in. @throws when the account or the password is refused */
export async function signIn(address: string, account: string, password: string): Promise<DemoClient> {
  const opened = await fetch(`${address}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ account, password }),
  });
  const cookie = (opened.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const session = await answerOf<{ csrf: string }>(opened, `signing in as ${account}`);
  const headers = { cookie, 'x-csrf-token': session.csrf };
  return {
    get: async (path) => answerOf(await fetch(`${address}${path}`, { headers }), `GET ${path}`),
    post: async (path, body) =>
      answerOf(
        await fetch(`${address}${path}`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
        `POST ${path}`,
      ),
  };
}
