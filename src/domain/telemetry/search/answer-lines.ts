import { AppError } from '#platform/errors.ts';

/**
 * Answers as lines of JSON while they come. When they end in a failure the last line is `{ failed }` with what a problem document
 * would say: by then the answer has begun, and a line that is cut off looks like a fault of the network.
 *
 * @param first awaited before, so that a wrong question is told as a problem
 * @param unexpected told of a failure that is ours
 */
export async function* answerLines(
  first: IteratorResult<object>,
  rest: AsyncIterable<object>,
  { requestId, unexpected }: { readonly requestId: string; unexpected(error: unknown): void },
): AsyncGenerator<string> {
  if (first.done !== true) yield `${JSON.stringify(first.value)}\n`;
  try {
    for await (const next of rest) yield `${JSON.stringify(next)}\n`;
  } catch (error) {
    if (!(error instanceof AppError)) unexpected(error);
    const known = error instanceof AppError ? error : undefined;
    const failed = {
      code: known?.code ?? 'internal',
      detail: known?.public ?? 'The search failed on our side and was logged under its request id',
      ...(known?.reason === undefined ? {} : { reason: known.reason }),
      requestId,
    };
    yield `${JSON.stringify({ failed })}\n`;
  }
}
