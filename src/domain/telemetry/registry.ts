import type { BlockList } from 'node:net';
import type { Ctx } from '#platform/context.ts';
import { hashOfToken, type Listener, plainAddress, rangeOf } from './source.ts';
import { type Acceptor, allAcceptors } from './source-store.ts';

const FRESH_MS = 10_000;

interface Range {
  readonly list: BlockList;
  readonly bits: number;
  readonly acceptor: Acceptor;
}

/**
 * The sources as the listeners ask for them: by token, or by the sender's address. Held in memory and read again every
 * ten seconds, so that a change made in another process is followed; a change made in this one at once (`forget`).
 */
export class Registry {
  readonly #system: Ctx;
  #byId = new Map<string, Acceptor>();
  #byToken = new Map<string, Acceptor>();
  #ranges: Range[] = [];
  #loadedAtMs = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | undefined;
  /** How often we were told to forget, and how often when what is held was asked for. */
  #wanted = 0;
  #held = -1;

  /** @param system the platform's own context */
  constructor(system: Ctx) {
    this.#system = system;
  }

  async byToken(token: string): Promise<Acceptor | undefined> {
    await this.#fresh();
    return this.#byToken.get(hashOfToken(token));
  }

  async byId(id: string): Promise<Acceptor | undefined> {
    await this.#fresh();
    return this.#byId.get(id);
  }

  /** The source of a listener with the narrowest range that holds the address. */
  async byAddress(listener: Listener, address: string): Promise<Acceptor | undefined> {
    await this.#fresh();
    const plain = plainAddress(address);
    const family = plain.includes(':') ? 'ipv6' : 'ipv4';
    return this.#ranges.find(({ acceptor, list }) => acceptor.listener === listener && list.check(plain, family))
      ?.acceptor;
  }

  /** The syslog source that is known by one of the names in a certificate, as `cert:<name>` says it. */
  async byCertificate(names: readonly string[]): Promise<Acceptor | undefined> {
    await this.#fresh();
    const wanted = new Set(names.map((name) => `cert:${name.toLowerCase()}`));
    return this.#bySender('syslog').find(({ sender }) => wanted.has(sender.toLowerCase()));
  }

  /** All sources of a listener that goes and fetches. */
  async ofListener(listener: Listener): Promise<readonly Acceptor[]> {
    await this.#fresh();
    return this.#bySender(listener);
  }

  #bySender(listener: Listener): readonly Acceptor[] {
    return [...this.#byId.values()].filter((acceptor) => acceptor.listener === listener);
  }

  /** The next question reads the sources again. */
  forget(): void {
    this.#wanted += 1;
  }

  /** Waits for what is at least as new as the last change we were told of: a reading under way may have begun before it. */
  async #fresh(): Promise<void> {
    const wanted = this.#wanted;
    if (this.#held >= wanted && performance.now() - this.#loadedAtMs < FRESH_MS) return;
    do {
      this.#loading ??= this.#load().finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    } while (this.#held < wanted);
  }

  async #load(): Promise<void> {
    const startedAtMs = performance.now();
    const wanted = this.#wanted;
    const acceptors = await this.#system.read((db) => allAcceptors(db));
    this.#byId = new Map(acceptors.map((acceptor) => [acceptor.id, acceptor]));
    this.#byToken = new Map(
      acceptors.flatMap((acceptor) => (acceptor.tokenHash === null ? [] : [[acceptor.tokenHash, acceptor] as const])),
    );
    this.#ranges = acceptors
      .flatMap((acceptor) => {
        const range = rangeOf(acceptor.sender);
        return range === undefined ? [] : [{ list: range.list, bits: range.bits, acceptor }];
      })
      .sort((left, right) => right.bits - left.bits);
    this.#loadedAtMs = startedAtMs;
    this.#held = wanted;
  }
}
