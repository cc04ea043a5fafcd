import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import { PageHeader } from '#parts/page-header.tsx';
import { PlaceSelect } from '#parts/place-select.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { useFormat } from '#parts/time.ts';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useSession } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { type FacetName, type FacetsAnswer, useFacetNames } from '../facet-names.ts';
import '../ledger.css';

const SHOWN = [
  'area',
  'class',
  'protectionLevel',
  'duty',
  'state',
  'importance',
] as const satisfies readonly FacetName[];

/** Path of an area, which ends in the code of a division; that of a unit ends in a name. */
const AREA = /\/\d{6}\/$/;

const linkOf = (facet: FacetName, value: string, unit: string | undefined): string => {
  const query = new URLSearchParams(unit === undefined ? {} : { unit });
  if (facet === 'protectionLevel') query.set('class', 'system');
  query.set(facet === 'area' ? 'unit' : facet, facet === 'importance' && value === '' ? 'unknown' : value);
  return `/assets?${query}`;
};

/** Assets by area, class, level and responsibility, each with the way to its list; an area can be looked into. */
function OverviewPage() {
  const { t } = useTranslation();
  const [url, patch] = useUrlState();
  const unit = first(url.unit);
  const answer = useGet<FacetsAnswer>('/api/assets/facets', { unit }, { keepPrevious: true });
  // Only systems are graded: of everything else a level would count as missing.
  const systems = useGet<FacetsAnswer>('/api/assets/facets', { unit, class: 'system' }, { keepPrevious: true });
  const whole = useSession().scope.side === 'unit';
  const up = !whole && (
    <>
      <PlaceSelect label={t('ledger.place')} value={unit} onChange={(path) => patch({ unit: path }, 'push')} />
      {unit && (
        <Button
          onClick={() =>
            patch({ unit: unit.split('/').length > 4 ? unit.split('/').slice(0, -2).join('/').concat('/') : undefined })
          }
        >
          {t('glance.up')}
        </Button>
      )}
    </>
  );
  const header = <PageHeader title={t('glance.title')} hint={t('glance.hint')} actions={up} />;
  if (answer.error && !answer.data) {
    return (
      <>
        {header}
        <ErrorState error={answer.error} retry={answer.refetch} />
      </>
    );
  }
  // Nothing has a class: there is no asset at all here.
  if (answer.data?.facets.every(({ values }) => values.length === 0)) {
    return (
      <>
        {header}
        <EmptyState
          title={t('ledger.empty')}
          hint={t('ledger.emptyHint')}
          action={<AppLink to="/assets">{t('ledger.title')}</AppLink>}
        />
      </>
    );
  }
  return (
    <>
      {header}
      <div className="ta-gap-groups">
        {SHOWN.map((facet) => (
          <QueryCard key={facet} title={t(`glance.${facet}`)} answer={facet === 'protectionLevel' ? systems : answer}>
            {(data) => (
              <Bars
                facet={facet}
                data={data}
                unit={unit}
                onInside={facet === 'area' ? (path) => patch({ unit: path }, 'push') : undefined}
              />
            )}
          </QueryCard>
        ))}
      </div>
    </>
  );
}

interface BarsProps {
  readonly facet: FacetName;
  readonly data: FacetsAnswer;
  readonly unit: string | undefined;
  readonly onInside: ((path: string) => void) | undefined;
}

function Bars({ facet, data, unit, onInside }: BarsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const { nameOf } = useFacetNames();
  const values = data.facets.find((one) => one.facet === facet)?.values ?? [];
  const most = Math.max(1, ...values.map(({ count }) => count));
  return (
    <ul className="ta-bars">
      {values.map(({ value, count, name }) => (
        <li key={value}>
          <AppLink to={linkOf(facet, value, unit)}>{nameOf(facet, value, name)}</AppLink>
          <i style={{ inlineSize: `${Math.max(1, (count / most) * 100)}%` }} aria-hidden />
          <span>{format.number(count)}</span>
          {onInside && value !== unit && AREA.test(value) && (
            <Button type="link" size="small" onClick={() => onInside(value)}>
              {t('glance.inside')}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

export const page: PageDefinition = {
  path: '/assets/overview',
  title: 'glance.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 8 },
  Page: OverviewPage,
};
