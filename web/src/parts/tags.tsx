import { ExclamationCircleFilled, FireFilled, InfoCircleFilled, WarningFilled } from '@ant-design/icons';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LevelName, StateTone } from '../shell/theme.ts';

interface StateTagProps {
  /** grey waiting, blue moving, green done, red overdue */
  readonly tone: StateTone;
  /** The state in the reader's words. */
  readonly children: ReactNode;
}

/** The state of something that moves: a dot and a word on a quiet ground. */
export function StateTag({ tone, children }: StateTagProps) {
  return (
    <span className={`ta-tag ta-tone-${tone}`}>
      <i className="ta-dot" aria-hidden />
      {children}
    </span>
  );
}

export type Grade = 'I' | 'II' | 'III' | 'IV';

/** The law's colour of each grade (国家突发事件总体应急预案: red, orange, yellow, blue). */
const COLOUR_OF: Readonly<Record<Grade, LevelName>> = { I: 'red', II: 'orange', III: 'yellow', IV: 'blue' };

const COLOUR_ICON: Readonly<Record<LevelName, ReactNode>> = {
  red: <FireFilled />,
  orange: <WarningFilled />,
  yellow: <ExclamationCircleFilled />,
  blue: <InfoCircleFilled />,
};

/** An incident's grade: 红 I 特别重大, 橙 II 重大, 黄 III 较大, 蓝 IV 一般, with icon and word. Nothing: not graded yet. */
export function GradeTag({ grade, proposed = false }: { grade: Grade | null | undefined; proposed?: boolean }) {
  const { t } = useTranslation();
  if (!grade) return <StateTag tone="waiting">{t('parts.grade.none')}</StateTag>;
  const colour = COLOUR_OF[grade];
  return (
    <span className={`ta-tag ta-level-${colour}`}>
      {COLOUR_ICON[colour]}
      {t(`parts.grade.${grade}`)}
      {proposed && <em>{t('parts.grade.proposed')}</em>}
    </span>
  );
}

export type AlertLevel = 'informational' | 'low' | 'medium' | 'high' | 'critical';
const LEVELS: readonly string[] = ['informational', 'low', 'medium', 'high', 'critical'] satisfies AlertLevel[];

/**
 * How urgent an alert or rule is: bars and a word, in ink only, because the law's colours speak of incidents' grades.
 * Takes Sigma's levels; an unknown word is shown as it is. `text` is said instead of the level's own word.
 */
export function LevelTag({ level, text }: { level: AlertLevel | (string & {}); text?: string }) {
  const { t } = useTranslation();
  const rank = LEVELS.indexOf(level);
  return (
    <span className={`ta-tag ta-alert-level ta-alert-level-${Math.max(0, rank)}`}>
      <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 3.6}
            y={8 - bar * 2.6}
            width={2.4}
            height={4 + bar * 2.6}
            rx={0.6}
            fill="currentColor"
            opacity={bar < rank ? 1 : 0.25}
          />
        ))}
      </svg>
      {text ?? (rank < 0 ? level : t(`parts.level.${level}`))}
    </span>
  );
}
