/** A sender in a process of its own: takes lines from its parent, delivers them over four connections, says when done. */
const [address = '', token = ''] = process.argv.slice(2);
const LINES_PER_REQUEST = 1000;
const CONNECTIONS = 4;

process.on('message', (lines: string[]) => {
  void deliver(lines);
});
process.send?.('ready');

async function deliver(lines: readonly string[]): Promise<void> {
  let next = 0;
  const connection = async () => {
    while (next < lines.length) {
      const portion = lines.slice(next, next + LINES_PER_REQUEST);
      next += LINES_PER_REQUEST;
      await post(portion.join('\n'));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  process.send?.('done');
}

/** Repeats what the platform was too busy for. */
async function post(body: string): Promise<void> {
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
