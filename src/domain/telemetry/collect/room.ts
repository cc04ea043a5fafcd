import { AppError } from '#platform/errors.ts';

/** What a body is counted with at least: its request costs something too, and so their number is bounded. */
const PLACE_BYTES_MIN = 64 * 1024;

/** Room that one body takes in memory, until `leave`. */
export interface Place {
  /**
   * The body has, or will have, so many bytes. Never less than before.
   *
   * @throws AppError `too_many_requests` when there is no more room; the place itself stays until `leave`
   */
  grow(bytes: number): void;
  leave(): void;
}

/**
 * Memory for all bodies that are read or worked on at the same time. Counted by bytes and not by requests: many small ones
 * fit, few large ones. Nobody waits inside, for those who wait would hold what the others wait for.
 */
export class Room {
  readonly #bytesMax: number;
  #taken = 0;

  /** @param bytesMax all bodies together; a body in work costs about three times its bytes until it is on disk */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that are taken. */
  get taken(): number {
    return this.#taken;
  }

  /** Takes a place for a body. @throws AppError `too_many_requests` when there is no room */
  enter(): Place {
    let own = 0;
    const grow = (bytes: number): void => {
      const wanted = Math.max(own, bytes, PLACE_BYTES_MIN);
      if (this.#taken - own + wanted > this.#bytesMax) {
        const sentence = 'Too many deliveries at the same time; send again in a moment';
        throw new AppError('too_many_requests', { public: sentence, reason: 'ingest.busy', retryAfterSeconds: 1 });
      }
      this.#taken += wanted - own;
      own = wanted;
    };
    grow(0);
    return {
      grow,
      leave: () => {
        this.#taken -= own;
        own = 0;
      },
    };
  }
}
