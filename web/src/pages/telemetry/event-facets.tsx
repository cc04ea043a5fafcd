import { MinusCircleOutlined } from '@ant-design/icons';
import { Button, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { Section } from '#parts/section.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { absoluteTime, useFormat } from '#parts/time.ts';
import type { Overview } from './answers.ts';
import type { EventState } from './event-query.ts';
import type { EventSearch } from './event-search.ts';
import { useKindName } from './kind-name.ts';
import { clause } from './query/clause.ts';

/** The most frequent values; a click keeps or drops the events that have one. */
export function EventFacets({ state, search }: { state: EventState; search: EventSearch }) {
  const { t } = useTranslation();
  const { data, error, running, stopped } = search;
  const add = (chip: string) => {
    if (!state.chips.includes(chip)) state.patch({ with: [...state.chips, chip] });
  };
  // The list of results says what is wrong with the question.
  if (error || (data?.total === 0 && !running) || (!data && stopped)) return null;
  return (
    <Section title={t('events.values')}>
      {data === undefined ? (
        <LinesSkeleton rows={8} />
      ) : (
        <>
          {data.facets
            .filter(({ values }) => values.length > 0)
            .map((facet) => (
              <FacetList key={facet.column} facet={facet} onAdd={add} />
            ))}
          {!running && <Counted data={data} from={state.question.from} />}
        </>
      )}
    </Section>
  );
}

/** Says when values were counted among a part of the events only. */
function Counted({ data, from }: { data: Overview; from: string }) {
  const { t } = useTranslation();
  const part = data.facetsFrom !== null && Date.parse(data.facetsFrom) > Date.parse(from);
  if (!part && !data.facetsRough) return null;
  return (
    <p className="ta-quiet ta-facet-note">
      {part && t('events.valuesFrom', { from: absoluteTime(data.facetsFrom ?? from) })}
      {data.facetsRough && t('events.valuesRough')}
    </p>
  );
}

function FacetList({ facet, onAdd }: { facet: Overview['facets'][number]; onAdd(chip: string): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const kindName = useKindName();
  return (
    <div className="ta-facet">
      <h3>{t(`columns.${facet.column}`, { defaultValue: facet.column })}</h3>
      <ul>
        {facet.values.map(({ value, count }) => (
          <li key={value}>
            <Tooltip title={t('events.only', { value })}>
              <button type="button" className="ta-facet-value" onClick={() => onAdd(clause(facet.column, value))}>
                <span>{facet.column === 'source' ? kindName(value) : value}</span>
                <small>{format.number(count)}</small>
              </button>
            </Tooltip>
            <Button
              type="text"
              size="small"
              icon={<MinusCircleOutlined />}
              aria-label={t('events.without', { value })}
              onClick={() => onAdd(`not ${clause(facet.column, value)}`)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
