import { MinusCircleOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { useFormat } from '#parts/time.ts';
import { FACET_COLUMNS, type Facets } from './answers.ts';
import { clause, type EventState, useAsk } from './event-query.ts';

const TOP = 6;

/** The most frequent values; a click keeps or drops the events that have one. */
export function EventFacets({ state }: { state: EventState }) {
  const { t } = useTranslation();
  const { data, error } = useAsk<Facets>('/api/events/facets', { ...state.question, columns: FACET_COLUMNS, top: TOP });
  const add = (chip: string) => {
    if (!state.chips.includes(chip)) state.patch({ with: [...state.chips, chip] });
  };
  // The list of results says what is wrong with the question.
  if (error) return null;
  return (
    <Section title={t('telemetry.events.values')}>
      {data === undefined ? (
        <LinesSkeleton rows={8} />
      ) : (
        data.items
          .filter(({ values }) => values.length > 0)
          .map((facet) => <FacetList key={facet.column} facet={facet} onAdd={add} />)
      )}
    </Section>
  );
}

function FacetList({ facet, onAdd }: { facet: Facets['items'][number]; onAdd(chip: string): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="ta-facet">
      <h3>{t(`columns.${facet.column}`, { defaultValue: facet.column })}</h3>
      <ul>
        {facet.values.map(({ value, count }) => (
          <li key={value}>
            <Tooltip title={t('telemetry.events.only', { value })}>
              <button type="button" className="ta-facet-value" onClick={() => onAdd(clause(facet.column, value))}>
                <span>{value}</span>
                <small>{format.number(count)}</small>
              </button>
            </Tooltip>
            <Button
              type="text"
              size="small"
              icon={<MinusCircleOutlined />}
              aria-label={t('telemetry.events.without', { value })}
              onClick={() => onAdd(`not ${clause(facet.column, value)}`)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
