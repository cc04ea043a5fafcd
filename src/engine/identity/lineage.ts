/** What decides which of several information systems an asset belongs to in the first place. */
export interface Standing {
  readonly criticalInfrastructure: boolean;
  /** 特别重要, 重要, 一般; '' = not said. */
  readonly importance: '' | 'especially_important' | 'important' | 'general';
  /** 等保 level 1 to 5; null = not graded. */
  readonly protectionLevel: number | null;
}

/** System to host to service: responsibility and system pass along no more steps than these. */
export const STEPS_MAX = 3;

const IMPORTANCE = { '': 0, general: 1, important: 2, especially_important: 3 } as const;
const CRITICAL = 4;
/** More than there are levels. */
const LEVELS = 10;

/**
 * The weight of a system among several, the greater the sooner it is the main one: critical information infrastructure
 * before all, then importance, then 等保 level. Of equal weight the one with the smaller id goes first, which is the one
 * that was entered earlier.
 */
export const weightOf = ({ criticalInfrastructure, importance, protectionLevel }: Standing): number =>
  ((criticalInfrastructure ? CRITICAL : 0) + IMPORTANCE[importance]) * LEVELS + (protectionLevel ?? 0);
