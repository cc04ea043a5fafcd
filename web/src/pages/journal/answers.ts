/** An entry as `GET /api/journal` answers it. */
export interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly actor: { readonly kind: 'user' | 'token' | 'system'; readonly id: string; readonly name: string };
  readonly action: string;
  readonly object: { readonly type: string; readonly id: string; readonly counter: number };
  readonly unitPath: string;
  readonly side: 'centre' | 'both';
  readonly data: unknown;
  readonly related: unknown;
  readonly requestId: string;
  readonly leafHash: string;
}

export interface Proof {
  readonly checkpoint: string;
  readonly size: number;
  readonly signedAt: string;
  readonly hashes: readonly string[];
  readonly verifierKey: string;
  readonly holds: boolean;
}

export interface EntryDetail {
  readonly entry: Entry;
  readonly proof: Proof | null;
}

export interface Checkpoint {
  readonly size: number;
  readonly signedAt: string;
  readonly text: string;
  readonly verifierKey: string;
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly fault: {
    readonly reason: string;
    readonly seq: number | null;
    readonly upTo: number | null;
    readonly message: string;
  } | null;
  readonly size: number;
  readonly withheld: number;
  readonly checkpoints: number;
  readonly signedSize: number;
  readonly root: string;
  readonly notes: readonly string[];
}

/** Kinds of objects that entries are about, in the order of the filter. */
export const OBJECT_TYPES = [
  'alert',
  'suppression',
  'incident',
  'order',
  'asset',
  'asset_import',
  'observation',
  'zone',
  'identity-key',
  'unit',
  'centre',
  'account',
  'token',
  'source',
  'rule',
  'setting',
  'journal',
  'installation',
  'division-standard',
] as const;
