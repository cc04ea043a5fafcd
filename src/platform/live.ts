import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ChangeEvent, Scope } from './context.ts';
import type { Bus } from './postgres/bus.ts';

/** Tells listeners of committed changes: those of this process, and over the bus those of the others. */
export interface Live {
  publish(events: readonly ChangeEvent[]): void;
  /** @returns a function that ends the subscription */
  subscribe(scope: Scope, listener: (event: ChangeEvent) => void): () => void;
}

const Message = z.object({
  from: z.string(),
  event: z.object({
    topic: z.string(),
    id: z.string(),
    action: z.string(),
    unitPath: z.string(),
    side: z.enum(['centre', 'both']),
  }),
});

/**
 * @param bus absent where there is one process. A change that was committed while the bus was cut is not told of; pages
 *   show it when they are loaded again.
 */
export function openLive(bus?: Bus): Live {
  const listeners = new Set<{ scope: Scope; listener: (event: ChangeEvent) => void }>();
  const self = randomUUID();
  const tell = (event: ChangeEvent) => {
    for (const { scope, listener } of listeners) {
      const visible = event.unitPath.startsWith(scope.path) && (event.side === 'both' || scope.side === 'centre');
      if (visible) listener(event);
    }
  };
  bus?.listen((text) => {
    const message = Message.safeParse(parsed(text));
    if (message.success && message.data.from !== self) tell(message.data.event);
  });
  return {
    publish(events) {
      for (const event of events) tell(event);
      if (events.length === 0) return;
      const texts = events.map((event) => JSON.stringify({ from: self, event }));
      // The change is committed; whoever does not hear of it now sees it with the next load.
      bus?.send(texts).catch(() => undefined);
    },
    subscribe(scope, listener) {
      const entry = { scope, listener };
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
