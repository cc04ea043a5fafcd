import { DEMO_PASSWORD } from '#app/demo/region.ts';

/** The interface as one signed-in person of the demo, over HTTP. */
export interface TestSession {
  /** What says who asks. */
  readonly headers: Readonly<Record<string, string>>;
  get<T>(path: string): Promise<T>;
  /** @param body an object becomes JSON, a form stays a form */
  send(method: string, path: string, body: object | FormData): Promise<Response>;
}

/** Signs in as an account of the demo's region. @throws when it is refused */
export async function openSession(address: string, account: string): Promise<TestSession> {
  const json = { 'content-type': 'application/json' };
  const opened = await fetch(`${address}/api/session`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ account, password: DEMO_PASSWORD }),
  });
  const cookie = (opened.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const { csrf } = (await opened.json()) as { csrf?: string };
  if (!opened.ok || csrf === undefined) throw new Error(`${account} could not sign in: ${opened.status}`);
  const headers = { cookie, 'x-csrf-token': csrf };
  return {
    headers,
    async get<T>(path: string) {
      const answer = await fetch(`${address}${path}`, { headers });
      if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    },
    send: (method, path, body) =>
      body instanceof FormData
        ? fetch(`${address}${path}`, { method, headers, body })
        : fetch(`${address}${path}`, { method, headers: { ...headers, ...json }, body: JSON.stringify(body) }),
  };
}
