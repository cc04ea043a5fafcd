const LINES_PER_REQUEST = 1000;
const CONNECTIONS = 4;

/** A sender for a process of its own: takes lines from the parent, delivers them over four connections, says when done. */
export function runHttpSender(address: string, token: string): void {
  process.on('message', (lines: string[]) => {
    void deliver(lines, address, token);
  });
  process.send?.('ready');
}

async function deliver(lines: readonly string[], address: string, token: string): Promise<void> {
  let next = 0;
  const connection = async () => {
    while (next < lines.length) {
      const portion = lines.slice(next, next + LINES_PER_REQUEST);
      next += LINES_PER_REQUEST;
      await post(portion.join('\n'), address, token);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  process.send?.('done');
}

/** Repeats what the platform was too busy for. */
async function post(body: string, address: string, token: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${address}/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      body,
    });
    await response.arrayBuffer();
    if (response.ok) return;
    if (response.status !== 429 && response.status !== 503) throw new Error(`POST /ingest answered ${response.status}`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
