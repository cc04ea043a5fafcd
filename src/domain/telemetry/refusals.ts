import type { Clock } from '#platform/clock.ts';
import type { Ctx } from '#platform/context.ts';
import { addRefusals } from './refusals-store.ts';

/** Where somebody can knock. */
export const ENDPOINTS = [
  'ingest',
  'elastic',
  'otlp',
  'hec',
  'syslog_udp',
  'syslog_tcp',
  'syslog_tls',
  'netflow',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/**
 * Why a delivery was refused before it was known whose it is. A revoked token is like one that never was; of who comes too
 * often nothing is read at all.
 */
export const REFUSAL_REASONS = [
  'token.missing',
  'token.malformed',
  'token.unknown',
  'sender.unknown',
  'certificate.missing',
  'certificate.unknown',
  'certificate.unmatched',
  'tls.failed',
  'connections.full',
  'rate.limited',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export interface Refusal {
  readonly endpoint: Endpoint;
  /** '' stands for all addresses that are not remembered one by one any more. */
  readonly address: string;
  readonly reason: RefusalReason;
  readonly refused: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/**
 * Refusals that are remembered one by one, in memory and in the store. For each endpoint apart: addresses are easily made up
 * in datagrams, and must not push out those of connections, where they cannot be.
 */
export const REMEMBERED_MAX = 200;
/** An IPv6 address with its zone is shorter. */
const ADDRESS_LENGTH_MAX = 64;

const keyOf = ({ endpoint, address, reason }: Refusal): string => `${endpoint} ${address} ${reason}`;

/** What was counted since the last flush. */
class Counted {
  /** In each the least recent stands first. */
  readonly #byEndpoint = new Map<Endpoint, Map<string, Refusal>>();
  readonly #withoutAddress = new Map<string, Refusal>();

  add(refusal: Refusal): void {
    if (refusal.address === '') {
      put(this.#withoutAddress, refusal);
      return;
    }
    const remembered = this.#byEndpoint.get(refusal.endpoint) ?? new Map<string, Refusal>();
    this.#byEndpoint.set(refusal.endpoint, remembered);
    put(remembered, refusal);
    const [oldest] = remembered.values();
    if (remembered.size <= REMEMBERED_MAX || oldest === undefined) return;
    remembered.delete(keyOf(oldest));
    put(this.#withoutAddress, { ...oldest, address: '' });
  }

  all(): Refusal[] {
    const remembered = [...this.#byEndpoint.values()].flatMap((refusals) => [...refusals.values()]);
    return [...remembered, ...this.#withoutAddress.values()];
  }
}

/** Adds a refusal to what is known of the same sender and reason, as the most recent. */
function put(into: Map<string, Refusal>, refusal: Refusal): void {
  const key = keyOf(refusal);
  const known = into.get(key);
  into.delete(key);
  const both = known === undefined ? [refusal] : [known, refusal];
  into.set(key, {
    ...refusal,
    refused: both.reduce((sum, { refused }) => sum + refused, 0),
    firstAt: new Date(Math.min(...both.map(({ firstAt }) => firstAt.getTime()))),
    lastAt: new Date(Math.max(...both.map(({ lastAt }) => lastAt.getTime()))),
  });
}

/**
 * Counts in memory who knocks in vain, and adds it to the record every few seconds, where the counts of all processes come
 * together. Beyond the bound the least recent lose their address, and are counted on without it.
 */
export class Refusals {
  readonly #clock: Clock;
  #counted = new Counted();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param address of the sender, as the socket or the trusted proxy says it
   * @param refused requests, connections or datagrams
   */
  count(endpoint: Endpoint, address: string, reason: RefusalReason, refused = 1): void {
    const at = this.#clock.now();
    const bounded = address.slice(0, ADDRESS_LENGTH_MAX);
    this.#counted.add({ endpoint, address: bounded, reason, refused, firstAt: at, lastAt: at });
  }

  /** Adds what was counted to the record. On failure the counts stay for the next time. */
  async flush(system: Ctx): Promise<void> {
    const ready = this.#counted;
    const refusals = ready.all();
    if (refusals.length === 0) return;
    this.#counted = new Counted();
    try {
      await system.transaction(({ db }) => addRefusals(db, refusals, REMEMBERED_MAX));
    } catch (error) {
      const later = this.#counted.all();
      this.#counted = ready;
      for (const refusal of later) ready.add(refusal);
      throw error;
    }
  }
}
