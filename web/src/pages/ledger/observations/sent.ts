/** What became of an export, as `POST /api/assets/observations` says. */
export interface SentAnswer {
  readonly taken: number;
  readonly linked: number;
  readonly presumed: number;
  readonly unresolved: number;
  readonly leftOut: number;
  /** The first of those that were left out. */
  readonly faults: readonly { readonly at: string; readonly message: string }[];
}
