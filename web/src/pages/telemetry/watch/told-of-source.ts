/** What an entry about a source says besides the fields it changed. */
interface ToldOfSource {
  /** Under which name its sentence stands among the texts. */
  readonly key: string;
  /** The alarm it is about; undefined: about none. */
  readonly alarm?: string;
  readonly figures: Readonly<Record<string, number>>;
  /** Moments between which texts came that were read again. */
  readonly span?: readonly [from: string, to: string];
}

/** Entries of a source have few verbs: their facts say what was done. Undefined where they do not. */
export function toldOfSource(data: Readonly<Record<string, unknown>> | undefined): ToldOfSource | undefined {
  if (typeof data?.change !== 'string') return undefined;
  const { change, kind, state, from, to } = data;
  const figures = Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
  const ended = change === 'reading again ended' && state === 'failed';
  return {
    key: ended ? 'reading_again_failed' : change.replaceAll(' ', '_'),
    figures,
    ...(change.startsWith('alarm ') && typeof kind === 'string' ? { alarm: kind } : {}),
    ...(typeof from === 'string' && typeof to === 'string' ? { span: [from, to] } : {}),
  };
}
