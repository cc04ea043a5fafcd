import { Client, type Pool } from 'pg';

/** Short messages to all processes that are connected to the same database. A process that is not connected misses them. */
export interface Bus {
  send(texts: readonly string[]): Promise<void>;
  /** Starts to listen. A lost connection is opened anew; what was sent meanwhile is missed. */
  listen(onText: (text: string) => void): void;
  close(): Promise<void>;
}

const CHANNEL = 'tongan_live';
/** PostgreSQL refuses payloads of 8000 bytes and more. */
const TEXT_BYTES_MAX = 7_900;
const RECONNECT_MS = 1_000;

export function openBus(pool: Pool, url: string): Bus {
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const connect = async (onText: (text: string) => void): Promise<void> => {
    const fresh = new Client({ connectionString: url, keepAlive: true });
    client = fresh;
    const again = () => {
      if (closed || client !== fresh) return;
      client = undefined;
      fresh.end().catch(() => undefined);
      timer = setTimeout(() => void connect(onText), RECONNECT_MS);
      timer.unref();
    };
    fresh.on('error', again);
    fresh.on('end', again);
    fresh.on('notification', ({ payload }) => onText(payload ?? ''));
    try {
      await fresh.connect();
      await fresh.query(`LISTEN ${CHANNEL}`);
    } catch {
      again();
    }
  };

  return {
    async send(texts) {
      const short = texts.filter((text) => Buffer.byteLength(text) <= TEXT_BYTES_MAX);
      if (short.length > 0)
        await pool.query('SELECT pg_notify($1, text) FROM unnest($2::text[]) AS text', [CHANNEL, short]);
    },
    listen: (onText) => void connect(onText),
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
