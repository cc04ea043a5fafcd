interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/**
 * Every step of a span, also those of which nothing is known: a gap must be seen as a gap.
 *
 * @param empty what stands where there is no point
 */
export function evenSteps<Point extends { readonly at: string }>(
  points: readonly Point[],
  { fromMs, toMs, stepMs }: Span,
  empty: (at: string) => Point,
): Point[] {
  const known = new Map(points.map((point) => [Date.parse(point.at), point]));
  const steps: Point[] = [];
  for (let at = Math.floor(fromMs / stepMs) * stepMs; at < toMs; at += stepMs)
    steps.push(known.get(at) ?? empty(new Date(at).toISOString()));
  return steps;
}
