import { env } from 'node:process';

/**
 * What chDB's own allocator (jemalloc) holds after it was freed, it gives back after a second instead of five: an insert takes and
 * frees tens of MB, and at full speed the freed memory of several of them was more than what is in use. It costs a few percent of
 * an insert. Read when the library is loaded, so this file stands before it. An operator's own setting stays.
 */
env.JE_MALLOC_CONF ??= 'dirty_decay_ms:1000';
