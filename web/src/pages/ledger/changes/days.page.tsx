import { Button, Space } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '#api/types.ts';
import { DayInput } from '#parts/day-input.tsx';
import type { Column, Filter } from '#parts/list/column.ts';
import { ListPage } from '#parts/list/list-page.tsx';
import { useLocal } from '#parts/local.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { usePersonName } from '#parts/person-name.ts';
import { StateTag } from '#parts/tags.tsx';
import { dateText, useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useSession } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { DUTY_TONE, TONE } from '../answers.ts';
import { AssetCard } from '../asset-detail.tsx';
import { MARKS } from '../facet-names.ts';
import { useModel } from '../model.ts';
import { FieldChanges } from './field-changes.tsx';
import '../ledger.css';

type OnDayAnswer = Answer<'/api/assets/as-of'>;
type DiffAnswer = Answer<'/api/assets/diff'>;
type OnDay = OnDayAnswer['items'][number];
type Differing = DiffAnswer['items'][number];

const KINDS = ['created', 'changed', 'gone'] as const;
const KIND_TONE = { created: 'done', changed: 'moving', gone: 'waiting' } as const;

function useFilters(compared: boolean): readonly Filter[] {
  const { t } = useTranslation();
  const local = useLocal();
  const { model } = useModel();
  const ownUnitOnly = useSession().scope.side === 'unit';
  return useMemo(() => {
    const classes = (model?.classes ?? []).map((one) => ({ value: one.class, label: local(one.title) }));
    const common: Filter[] = [
      { kind: 'select', key: 'class', label: t('ledger.field.class'), options: classes },
      ...(ownUnitOnly ? [] : [{ kind: 'place' as const, key: 'unit', label: t('ledger.place') }]),
    ];
    if (compared) {
      const kinds = KINDS.map((value) => ({ value, label: t(`changes.diff.${value}`) }));
      return [{ kind: 'select', key: 'kind', label: t('changes.diff.what'), options: kinds }, ...common];
    }
    const duties = Object.keys(DUTY_TONE).map((value) => ({ value, label: t(`duties.summary.${value}`) }));
    const marks = MARKS.map((value) => ({ value, label: t(`ledger.mark.${value}`) }));
    return [
      ...common,
      { kind: 'select', key: 'duty', label: t('duties.title'), options: duties },
      { kind: 'select', key: 'mark', label: t('ledger.field.marks'), options: marks },
      { kind: 'switch', key: 'gone', label: t('ledger.gone') },
    ];
  }, [t, local, model, ownUnitOnly, compared]);
}

function useDayColumns(): readonly Column<OnDay>[] {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  return useMemo(
    () => [
      { key: 'name', title: t('ledger.field.name'), width: 220, phone: 'title', render: (asset) => asset.name },
      {
        key: 'class',
        title: t('ledger.field.class'),
        width: 100,
        render: (asset) => {
          const shown = classOf(asset.class);
          return shown && local(shown.title);
        },
      },
      { key: 'unit', title: t('ledger.field.unit'), render: (asset) => asset.unit.name || asset.unit.path },
      {
        key: 'keys',
        title: t('ledger.section.keys'),
        width: 170,
        render: (asset) =>
          [...asset.hosts, ...asset.addresses, ...asset.domains, ...asset.segments].slice(0, 3).join(' ') || '—',
      },
      {
        key: 'responsiblePerson',
        title: t('ledger.field.responsiblePerson'),
        width: 90,
        render: (asset) => asset.responsiblePerson || '—',
      },
      {
        key: 'state',
        title: t('ledger.field.state'),
        width: 130,
        render: (asset) => (
          <span className="ta-tags">
            <StateTag tone={TONE[asset.state]}>{t(`ledger.state.${asset.state}`)}</StateTag>
            {asset.marks?.map((mark) => (
              <StateTag key={mark} tone="overdue">
                {t(`ledger.mark.${mark}`)}
              </StateTag>
            ))}
          </span>
        ),
      },
      {
        key: 'duty',
        title: t('duties.title'),
        width: 96,
        render: ({ duty }) =>
          duty === null ? (
            <span className="ta-quiet">{t('changes.stateUnknown')}</span>
          ) : (
            <StateTag tone={DUTY_TONE[duty]}>{t(`duties.summary.${duty}`)}</StateTag>
          ),
      },
    ],
    [t, local, classOf],
  );
}

function useDiffColumns(): readonly Column<Differing>[] {
  const { t } = useTranslation();
  const named = usePersonName();
  return useMemo(
    () => [
      { key: 'name', title: t('ledger.field.name'), width: 220, phone: 'title', render: (item) => item.name },
      {
        key: 'kind',
        title: t('changes.diff.what'),
        width: 110,
        render: ({ kind }) => <StateTag tone={KIND_TONE[kind]}>{t(`changes.diff.${kind}`)}</StateTag>,
      },
      {
        key: 'changes',
        title: t('changes.diff.fields'),
        render: ({ changes, kind }) =>
          changes.length > 0 ? (
            <FieldChanges changes={changes} />
          ) : kind === 'changed' ? (
            <span className="ta-quiet">{t('changes.diff.same')}</span>
          ) : null,
      },
      { key: 'unit', title: t('ledger.field.unit'), width: 180, render: (item) => item.unit.name || item.unit.path },
      {
        key: 'at',
        title: t('changes.diff.last'),
        width: 150,
        render: (item) => (
          <>
            <TimeText at={item.at} /> <span className="ta-quiet">{named(item.by)}</span>
          </>
        ),
      },
    ],
    [t, named],
  );
}

/** The ledger as it stood on a day, or what differs between two. */
function DaysPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const [url, patch] = useUrlState();
  const today = dateText(Date.now());
  // A link may name the two in either order.
  const [from = '', day = today] = [first(url.from) ?? '', first(url.day) ?? today].sort();
  const compared = from !== '';
  const filters = useFilters(compared);
  const dayColumns = useDayColumns();
  const diffColumns = useDiffColumns();
  const query = useMemo(() => (from === '' ? { day } : { from, to: day }), [day, from]);
  const list = {
    filters,
    fixedQuery: query,
    detail: (id: string) => <AssetCard id={id} />,
    hrefOf: (id: string) => `/assets/${id}`,
  };
  return (
    <>
      <PageHeader title={t('changes.days.title')} hint={t('changes.days.hint')} />
      <Space size={[16, 8]} wrap className="ta-days">
        <Space size={4}>
          <span className="ta-quiet">{t('changes.days.day')}</span>
          <DayInput
            label={t('changes.days.day')}
            value={day}
            {...(compared ? { min: from } : {})}
            max={today}
            required
            onChange={(value) => patch({ day: value || undefined, page: undefined })}
          />
        </Space>
        <Space size={4}>
          <span className="ta-quiet">{t('changes.days.against')}</span>
          <DayInput
            label={t('changes.days.against')}
            value={from}
            max={day}
            onChange={(value) => patch({ from: value || undefined, page: undefined, kind: undefined })}
          />
        </Space>
      </Space>
      {compared ? (
        <ListPage<Differing, DiffAnswer>
          key="diff"
          name="assets-diff"
          url="/api/assets/diff"
          idOf={({ id }) => id}
          columns={diffColumns}
          notes={({ counts, countedFrom }) => (
            <>
              <Space size={[12, 4]} wrap className="ta-days-counts">
                {KINDS.map((kind) => (
                  <span key={kind}>
                    {t(`changes.diff.${kind}`)} <strong>{format.number(counts[kind])}</strong>
                  </span>
                ))}
              </Space>
              {countedFrom !== null && (
                <p className="ta-quiet">
                  {t('changes.diff.bounded')} <TimeText at={countedFrom} />
                </p>
              )}
            </>
          )}
          empty={
            from === day
              ? { title: t('changes.diff.sameDay'), hint: t('changes.diff.sameDayHint') }
              : { title: t('changes.diff.none') }
          }
          {...list}
        />
      ) : (
        <ListPage<OnDay, OnDayAnswer>
          key="day"
          name="assets-day"
          url="/api/assets/as-of"
          searchName="text"
          search={t('changes.days.search')}
          idOf={({ id }) => id}
          columns={dayColumns}
          notes={({ unknown, bounded, rebuilt, total }) => (
            <>
              {rebuilt && <p className="ta-quiet">{t('changes.days.rebuilt')}</p>}
              {bounded && <p className="ta-quiet">{t('changes.days.bounded', { count: format.number(total) })}</p>}
              {unknown > 0 && (
                <p className="ta-quiet">{t('changes.days.unknown', { count: format.number(unknown) })}</p>
              )}
            </>
          )}
          empty={{ title: t('changes.days.none') }}
          emptyBecause={({ since }) =>
            since === null || day >= since
              ? undefined
              : {
                  title: t('changes.days.tooEarly', { day: since }),
                  action: (
                    <Space wrap>
                      {since < today && (
                        <Button onClick={() => patch({ day: since, page: undefined })}>
                          {t('changes.days.first', { day: since })}
                        </Button>
                      )}
                      <Button type="primary" onClick={() => patch({ day: undefined, page: undefined })}>
                        {t('changes.days.today')}
                      </Button>
                    </Space>
                  ),
                }
          }
          {...list}
        />
      )}
    </>
  );
}

export const page: PageDefinition = {
  path: '/assets/days',
  title: 'changes.days.title',
  permission: 'asset.read',
  menu: { group: 'ledger', order: 14 },
  Page: DaysPage,
};
