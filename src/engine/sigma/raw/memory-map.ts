/** Where things stand in the kernel's memory, in bytes. */

/** Longest line the kernel looks at; longer ones are cut by the readers of formats, so they are not for the kernel. */
export const LINE_MAX = 262_144;
/** Vectors read and write up to 16 bytes past an end. */
const SLACK = 64;

/** Single words: facts about the last line or value besides the returned number. */
export const CELLS = {
  /** Bit per parent: an object or unreadable name stood in it that could become fields unknown to the kernel. */
  nested: 0,
  /** 1 when a printable ASCII character was written as \u00xx. */
  hiddenAscii: 4,
  /** Or-ed to what is compared: 0 for a folded value, CASE_BITS for the line as it is. */
  caseBits: 12,
  /** Not 0 when the last value folded holds a byte outside ASCII. */
  high: 8,
  /** How many atoms have been seen since a value began, and where the slot of that value is. */
  recorded: 16,
  slot: 20,
} as const;

export const STACK = 64;
/** Objects and lists within each other, at most. Each level: parent (4 bytes), flags of the key (4), 1 in a list (4). */
export const DEPTH_MAX = 12;
export const FRAME = 12;
export const TOKENS = 256;
/** Key id, start, end, kind: 4 bytes each. */
export const TOKEN = 16;
export const TOKENS_MAX = 1_020;
export const LINE = TOKENS + (TOKENS_MAX + 4) * TOKEN;
/** The value being searched: unescaped, ASCII folded. */
export const SCRATCH = LINE + LINE_MAX + SLACK;
/** Atoms seen in the value being searched. */
export const RECORD = SCRATCH + LINE_MAX + SLACK;

/**
 * Values seen before and the atoms seen in them: most values of a kind of event repeat. Each slot holds the index that was
 * searched (0 = free), the value's length, the number of atoms, the value itself as it stands in the line, and behind its last
 * whole vector the atoms: of a short value all of it lies in one or two lines of the processor's cache.
 */
export const MEMO = {
  at: (RECORD + 256 + 63) & ~63,
  slots: 4_096,
  /** A hash is shifted by this for a slot's number. */
  shift: 20,
  /** An odd number of cache lines: with an even one the beginnings of the slots would push each other out of the cache. */
  size: 17 * 64,
  length: 4,
  count: 8,
  atomsMax: 29,
  value: 16,
  /** Longer values are searched each time. */
  valueMax: 944,
} as const;

/** From here on tables are laid down. */
export const TABLES = MEMO.at + MEMO.slots * MEMO.size;

/** What a value of the line is. */
export const KIND = { plain: 0, escaped: 1, integer: 2, word: 3, null: 4, other: 5 } as const;

/** Keys: open hashing over entries of 24 bytes. */
export const KEY = { size: 24, hash: 0, parent: 4, text: 8, length: 12, id: 16, flags: 20 } as const;
/** Flags of a key: below 256 the parent number of its members plus one; this bit: nothing below it is ever a field. */
export const IGNORED = 256;
/** Parent of whatever stands in an object the kernel does not know. */
export const UNKNOWN_PARENT = 0xffff;

/**
 * A search index over the values of one key. `wide`, `grams`, `pairs`, `tails`, `ends`, `starts` are tables (see TABLE); 0 = has
 * none of them.
 */
export const INDEX = {
  size: 144,
  /** Texts of seven bytes and more inside values: by any of four runs of four bytes, looked up at every fourth place. */
  wide: 0,
  /** Shorter ones by one run of four bytes, looked up at every place. */
  grams: 20,
  /** Texts of two or three bytes, by two of them. */
  pairs: 40,
  /** Texts at the end: by the last eight bytes, or the last four. */
  tails: 60,
  ends: 80,
  starts: 100,
  /** Texts at an end too short to be looked up, and how many. */
  tiny: 120,
  tinyCount: 124,
  /** One more than the atom of "there is a value" and of "it holds a character outside ASCII". */
  present: 128,
  high: 132,
  /** Single bytes inside values: each a byte and an atom, 4 bytes each; and how many. */
  singles: 136,
  singleCount: 140,
} as const;

/**
 * Words of a table: where slots begin, by how much a hash is shifted for a slot, entries; the filter in front, one bit to a
 * shifted hash, and its shift.
 */
export const TABLE = { heads: 0, shift: 4, entries: 8, filter: 12, filterShift: 16 } as const;

/**
 * An entry: text (4), length and from bit 14 on form (2), where in the text the looked-up bytes begin (2), hash of those (4), so that
 * most others in its slot need no look at their text, atom (4).
 */
export const ENTRY = 16;
export const FORM_BIT = 14;
export const FORM = { contains: 0, starts: 1, ends: 2, equals: 3 } as const;

/** A plan: what events of one kind are searched for. */
export const PLAN = {
  size: 56,
  keys: 0,
  keywords: 4,
  atomStarts: 8,
  atomClauses: 12,
  clauseStamps: 16,
  clauseRules: 20,
  ruleStamps: 24,
  ruleCounts: 28,
  ruleNeeds: 32,
  candidates: 36,
  candidateCount: 40,
  /**
   * How many rules. Numbers from there on are groups of clauses, `targets` says what one does when all of it is seen: refute
   * the rule of that number, or, below 0, make the clause of its complement seen.
   */
  rules: 44,
  targets: 48,
} as const;

/** Or-ed to four bytes this makes letters small, and some signs others: good for looking up, not for comparing. */
export const CASE_BITS = 0x20202020;

/** Count of a rule that is refuted: no clause seen later brings it back to what it needs. */
export const REFUTED = -0x40000000;

/** Multiplier of the hash over four bytes (2^32 divided by the golden ratio). */
export const MIX = 0x9e3779b1 | 0;
export const MIX_HIGH = 0x85ebca6b | 0;
