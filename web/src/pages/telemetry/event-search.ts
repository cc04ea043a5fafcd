import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, send } from '#api/client.ts';
import { FACET_COLUMNS, type Found } from './answers.ts';
import { type EventQuestion, PAGE } from './event-query.ts';

const TOP = 6;

export interface EventSearch {
  /** What is known so far; of the question before until the first answer comes. */
  readonly data: Found | undefined;
  readonly error: ApiError | undefined;
  readonly running: boolean;
  /** `data` still belongs to the question before. */
  readonly stale: boolean;
  /** Somebody stopped it: what is shown is a part. */
  readonly stopped: boolean;
  stop(): void;
  again(): void;
}

/** Instead of an answer: why the search could not go on. */
interface Failed {
  readonly failed: ConstructorParameters<typeof ApiError>[1];
}

/** An answer of one line. @throws ApiError when it says that the search failed on its way */
function answerOf(line: string): Found {
  const answer = JSON.parse(line) as Found | Failed;
  if ('failed' in answer) throw new ApiError(200, answer.failed);
  return answer;
}

/** Lines of JSON as they arrive. */
async function* answersOf(response: Response): AsyncGenerator<Found> {
  const decoder = new TextDecoder();
  let rest = '';
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    const lines = (rest + decoder.decode(read.value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield answerOf(line);
  }
}

const IDLE = { data: undefined, error: undefined, running: true, stale: false, stopped: false };

/**
 * Finds and counts the events of a question, showing how far it has come. A new question, or leaving, ends it in the
 * store as well.
 */
export function useEventSearch({ query, from, to }: EventQuestion, shown: readonly string[]): EventSearch {
  const [state, setState] = useState<Omit<EventSearch, 'stop' | 'again'>>(IDLE);
  const running = useRef<AbortController>(undefined);
  const [round, setRound] = useState(0);
  // As one text: an effect runs again when what it depends on is another object, even an equal one.
  const columns = shown.join(' ');
  useEffect(() => {
    // Asked for again: a new round of the same question.
    void round;
    const ending = new AbortController();
    running.current = ending;
    const count = async () => {
      const body = { query, from, to, columns: FACET_COLUMNS, top: TOP, shown: columns.split(' '), limit: PAGE };
      const response = await send('POST', '/api/events/find', body, ending.signal);
      for await (const data of answersOf(response))
        setState((before) => ({ ...before, data, stale: false, error: undefined }));
    };
    setState((before) => ({ ...before, running: true, stale: before.data !== undefined, stopped: false }));
    count().then(
      () => setState((before) => ({ ...before, running: false })),
      (error: unknown) => {
        if (ending.signal.aborted) return;
        const shown = error instanceof ApiError ? error : new ApiError(0, { code: 'unreachable' });
        setState({ ...IDLE, running: false, error: shown });
      },
    );
    return () => ending.abort();
  }, [query, from, to, columns, round]);
  const stop = useCallback(() => {
    running.current?.abort();
    // What answers the question before is no part of the answer to this one.
    setState(({ stale, data }) => ({ ...IDLE, data: stale ? undefined : data, running: false, stopped: true }));
  }, []);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, stop, again };
}
