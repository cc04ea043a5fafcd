import { Alert, Button, Input, Select, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet, useSend } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { ErrorState } from '#parts/error-state.tsx';
import type { Column } from '#parts/list/column.ts';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { useLocal } from '#parts/local.ts';
import { PageHeader } from '#parts/page-header.tsx';
import { PlaceSelect } from '#parts/place-select.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { Section } from '#parts/section.tsx';
import { StateTag } from '#parts/tags.tsx';
import { AppLink } from '#shell/link.tsx';
import type { PageDefinition } from '#shell/page.ts';
import { useSession } from '#shell/session.tsx';
import { first, useUrlState } from '#shell/url-state.ts';
import { type Asset, TONE } from '../answers.ts';
import { useModel } from '../model.ts';
import '../ledger.css';

type Persons = Answer<'/api/assets/persons'>;

const SHOWN = 200;

/** Everything that one person holds, and the way to give it to another. */
function HandoverPage() {
  const { t } = useTranslation();
  const [url, patch] = useUrlState();
  const [person, unit] = [first(url.person), first(url.unit)];
  const ownUnitOnly = useSession().scope.side === 'unit';
  const { data, error, refetch } = useGet<Persons>('/api/assets/persons', { unit }, { keepPrevious: true });
  return (
    <>
      <PageHeader title={t('duties.handover.title')} hint={t('duties.handover.hint')} />
      <div className="ta-import">
        <Section title={t('duties.handover.person')}>
          {error && <ErrorState error={error} retry={refetch} />}
          {data?.items.length === 0 && unit === undefined && <EmptyState title={t('duties.handover.none')} />}
          {!error && (data?.items.length !== 0 || unit !== undefined) && (
            <Space wrap>
              {!ownUnitOnly && (
                <PlaceSelect label={t('ledger.place')} value={unit} onChange={(path) => patch({ unit: path })} />
              )}
              <Select
                aria-label={t('duties.handover.person')}
                style={{ width: 320, maxWidth: '100%' }}
                placeholder={t('duties.handover.choose')}
                loading={data === undefined}
                showSearch={{ optionFilterProp: 'value' }}
                // How many they hold is told below, as it is after a hand-over.
                optionLabelProp="value"
                value={person ?? null}
                onChange={(value: string) => patch({ person: value })}
                options={(data?.items ?? []).map((one) => ({
                  value: one.person,
                  label: [
                    one.person,
                    t('duties.handover.assets', { count: one.assets }),
                    one.units > 1 && t('duties.handover.units', { count: one.units }),
                  ]
                    .filter(Boolean)
                    .join(' · '),
                }))}
              />
            </Space>
          )}
        </Section>
        {person && <Held key={`${person} ${unit ?? ''}`} person={person} unit={unit} />}
      </div>
    </>
  );
}

const LACKING_ID = 'handover-lacking';

/** What is missing before the assets can be handed over. */
function lackingOf(from: string, to: string, chosen: number): 'assets' | 'to' | 'same' | undefined {
  if (chosen === 0) return 'assets';
  if (to === '') return 'to';
  return to === from ? 'same' : undefined;
}

interface Done {
  readonly count: number;
  readonly to: string;
}

/** What was just done, with the way to what came of it. */
function HandedOver({ count, to }: Done) {
  const { t } = useTranslation();
  return (
    <Alert
      className="ta-handover"
      type="success"
      showIcon
      title={t('duties.handover.done', { count, to })}
      action={<AppLink to={`/assets?person=${encodeURIComponent(to)}`}>{t('duties.handover.see', { to })}</AppLink>}
    />
  );
}

function Held({ person, unit }: { person: string; unit: string | undefined }) {
  const { t } = useTranslation();
  const local = useLocal();
  const { classOf } = useModel();
  const [to, setTo] = useState('');
  const [reason, setReason] = useState('');
  const answer = useGet<Paged<Asset>>('/api/assets', { person, unit, pageSize: SHOWN });
  const items = answer.data?.items ?? [];
  // Everything goes along unless somebody takes a tick away.
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const ids = items.map(({ id }) => id);
  const chosen = ids.filter((id) => !left.has(id));
  const successor = to.trim();
  const lacking = lackingOf(person, successor, chosen.length);
  const [done, setDone] = useState<Done>();
  const send = useSend<object, { handed: number }>('POST', '/api/assets/handover', {
    invalidate: ['/api/assets'],
    onDone: ({ handed }) => {
      setDone({ count: handed, to: successor });
      setTo('');
      setReason('');
    },
  });
  const columns: readonly Column<Asset>[] = [
    {
      key: 'name',
      title: t('ledger.field.name'),
      phone: 'title',
      render: (asset) => (
        <AppLink to={`/assets/${asset.id}`} className="ta-shortened" title={asset.name}>
          {asset.name}
        </AppLink>
      ),
    },
    {
      key: 'class',
      title: t('ledger.field.class'),
      width: 110,
      render: (asset) => {
        const shown = classOf(asset.class);
        return shown && local(shown.title);
      },
    },
    { key: 'unit', title: t('ledger.field.unit'), render: (asset) => asset.unit.name },
    {
      key: 'state',
      title: t('ledger.field.state'),
      width: 100,
      render: (asset) => <StateTag tone={TONE[asset.state]}>{t(`ledger.state.${asset.state}`)}</StateTag>,
    },
  ];
  return (
    <QueryCard title={`${t('duties.handover.all')} · ${person}`} answer={answer}>
      {() => (
        <>
          {done && <HandedOver {...done} />}
          {items.length === 0 ? (
            <EmptyState
              title={t('duties.handover.holdsNone', { person })}
              hint={!done && t('duties.handover.holdsNoneHint')}
            />
          ) : (
            <>
              <Space wrap className="ta-handover">
                <Input
                  placeholder={t('duties.handover.to')}
                  aria-label={t('duties.handover.to')}
                  maxLength={50}
                  value={to}
                  onChange={(event) => setTo(event.target.value)}
                />
                <Input
                  placeholder={t('duties.handover.reason')}
                  aria-label={t('duties.handover.reason')}
                  maxLength={200}
                  value={reason}
                  onChange={(event) => setReason(event.target.value)}
                />
                <Button
                  type="primary"
                  disabled={lacking !== undefined}
                  aria-describedby={lacking && LACKING_ID}
                  loading={send.isPending}
                  onClick={() => send.mutate({ from: person, to: successor, reason, assetIds: chosen })}
                >
                  {t('duties.handover.hand', { count: chosen.length })}
                </Button>
                {lacking && (
                  <span id={LACKING_ID} className="ta-quiet">
                    {t(`duties.handover.lacking.${lacking}`)}
                  </span>
                )}
              </Space>
              {(answer.data?.total ?? 0) > SHOWN && <p className="ta-quiet">{t('duties.handover.first')}</p>}
              <SimpleTable<Asset>
                columns={columns}
                rows={items}
                idOf={({ id }) => id}
                chosen={chosen}
                onChoose={(kept) => setLeft(new Set(ids.filter((id) => !kept.includes(id))))}
                empty={null}
              />
            </>
          )}
        </>
      )}
    </QueryCard>
  );
}

export const page: PageDefinition = {
  path: '/assets/handover',
  title: 'duties.handover.title',
  permission: 'asset.handover',
  menu: { group: 'ledger', order: 16 },
  Page: HandoverPage,
};
