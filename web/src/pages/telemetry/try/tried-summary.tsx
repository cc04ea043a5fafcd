import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useFormat } from '#parts/time.ts';
import type { TriedLines } from '../answers.ts';
import { useKindName } from '../kind-name.ts';

type Item = TriedLines['items'][number];

/** What a line was taken for; empty for one that nothing knows. */
export const takenFor = ({ parsed, source }: Item): string => (parsed ? source : '');

interface TriedSummaryProps {
  readonly tried: TriedLines;
  /** The kind that was chosen; '' = told by content. */
  readonly asked: string;
  /** Only lines taken for this are shown. */
  readonly only: string | undefined;
  onOnly(only: string | undefined): void;
}

/** What became of all lines in a few words, and what was not tried at all: nobody scrolls through fifty to find out. */
export function TriedSummary({ tried, asked, only, onOnly }: TriedSummaryProps) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const kindName = useKindName();
  const kinds = [...Map.groupBy(tried.items, takenFor)].sort(([, left], [, right]) => right.length - left.length);
  return (
    <>
      {tried.leftOut > 0 && <Alert type="info" showIcon title={t('try.leftOut', { count: tried.leftOut })} />}
      {tried.refused > 0 && <Alert type="warning" showIcon title={t('try.refused', { count: tried.refused })} />}
      {kinds.some(([kind]) => kind === '') && (
        <Alert type="info" showIcon title={t(asked === '' ? 'try.unknownHint' : 'try.unknownChosen')} />
      )}
      {kinds.length > 1 && (
        <div className="ta-actions">
          {kinds.map(([kind, items]) => (
            <Button
              key={kind}
              size="small"
              type={only === kind ? 'primary' : 'default'}
              aria-pressed={only === kind}
              onClick={() => onOnly(only === kind ? undefined : kind)}
            >
              {kind === '' ? t('try.unknown') : kindName(kind)} {number(items.length)}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}
