import { Alert, Button, Drawer, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { SimpleTable } from '#parts/list/simple-table.tsx';
import { LinesSkeleton } from '#parts/skeleton.tsx';
import { useFormat } from '#parts/time.ts';
import { TimeText } from '#parts/time-text.tsx';
import './watch.css';

type Refusals = Answer<'/api/sources/refusals'>;
type Refusal = Refusals['items'][number];

const SHOWN = 3;
const EVERY_MS = 10_000;
const DRAWER_WIDTH = 960;
const DAY_H = 24;
const MONTH_H = 35 * 24;

/** A sender that can become a source. */
export interface Knocking {
  readonly listener: 'syslog' | 'netflow';
  readonly sender: string;
}

interface Adding {
  /** Opens a source for a sender; undefined for who may not. */
  readonly onAdd: ((knocking: Knocking) => void) | undefined;
}

/** Whose deliveries were refused because it is not known whose they are; nothing when nobody's were. */
export function TurnedAway({ onAdd }: Adding) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const { data } = useGet<Refusals>('/api/sources/refusals', { hours: DAY_H }, { refetchIntervalMs: EVERY_MS });
  const items = data?.items ?? [];
  const addresses = new Set(items.map(({ address }) => address));
  if (items.length === 0 && !open) return null;
  return (
    <>
      {items.length > 0 && (
        <Alert
          className="ta-watch-banner"
          type="warning"
          showIcon
          title={t('watch.away.banner', { count: addresses.size + (data?.leftOut ?? 0) })}
          description={
            <ul className="ta-watch-alarms">
              {eachKindFirst(items)
                .slice(0, SHOWN)
                .map((refusal) => (
                  <li key={idOf(refusal)}>
                    <code>{refusal.address}</code>
                    <span>{t(`watch.away.endpoints.${refusal.endpoint}`)}</span>
                    <strong>{t(`watch.away.reasons.${refusal.reason}`)}</strong>
                    <span>
                      {t('watch.away.times', { count: refusal.refused, total: format.number(refusal.refused) })}
                    </span>
                    <TimeText at={refusal.lastAt} />
                    <AddButton refusal={refusal} onAdd={onAdd} />
                  </li>
                ))}
              <li>
                <Button type="link" size="small" className="ta-watch-all" onClick={() => setOpen(true)}>
                  {t('watch.away.all')}
                </Button>
              </li>
            </ul>
          }
        />
      )}
      {open && <AllTurnedAway onAdd={onAdd} onClose={() => setOpen(false)} />}
    </>
  );
}

const idOf = ({ endpoint, address, reason }: Refusal): string => `${endpoint} ${address} ${reason}`;

/** Many made-up addresses must not hide the one wrong token: of each endpoint and reason the most recent stands first. */
function eachKindFirst(items: readonly Refusal[]): readonly Refusal[] {
  const kinds = [...Map.groupBy(items, ({ endpoint, reason }) => `${endpoint} ${reason}`).values()];
  return [...kinds.flatMap((kind) => kind.slice(0, 1)), ...kinds.flatMap((kind) => kind.slice(1))];
}

/** An address that no source names can become one. */
function AddButton({ refusal, onAdd }: Adding & { refusal: Refusal }) {
  const { t } = useTranslation();
  if (onAdd === undefined || refusal.reason !== 'sender.unknown' || refusal.address === '') return null;
  const listener = refusal.endpoint === 'netflow' ? 'netflow' : 'syslog';
  const add = () => onAdd({ listener, sender: refusal.address });
  return (
    <Button type="link" size="small" className="ta-watch-all" onClick={add}>
      {t('watch.away.add')}
    </Button>
  );
}

function AllTurnedAway({ onAdd, onClose }: Adding & { onClose(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [hours, setHours] = useState(DAY_H);
  const { data } = useGet<Refusals>('/api/sources/refusals', { hours }, { refetchIntervalMs: EVERY_MS });
  const add = (knocking: Knocking) => {
    onClose();
    onAdd?.(knocking);
  };
  return (
    <Drawer open size={DRAWER_WIDTH} title={t('watch.away.title')} onClose={onClose}>
      <p className="ta-quiet">{t('watch.away.hint')}</p>
      <Segmented
        className="ta-watch-span"
        value={hours}
        onChange={setHours}
        options={[
          { value: DAY_H, label: t('watch.away.day') },
          { value: MONTH_H, label: t('watch.away.month') },
        ]}
      />
      {data === undefined ? (
        <LinesSkeleton rows={5} />
      ) : (
        <SimpleTable<Refusal>
          columns={[
            {
              key: 'address',
              title: t('watch.away.address'),
              phone: 'title',
              render: (refusal) => (
                <>
                  {refusal.address === '' ? t('watch.away.noAddress') : <code>{refusal.address}</code>}{' '}
                  <AddButton refusal={refusal} onAdd={onAdd && add} />
                </>
              ),
            },
            {
              key: 'endpoint',
              title: t('watch.away.endpoint'),
              width: 150,
              render: ({ endpoint }) => t(`watch.away.endpoints.${endpoint}`),
            },
            {
              key: 'reason',
              title: t('watch.away.reason'),
              phone: 'line',
              render: ({ reason }) => t(`watch.away.reasons.${reason}`),
            },
            {
              key: 'refused',
              title: t('watch.away.refused'),
              align: 'right',
              width: 90,
              render: ({ refused }) => format.number(refused),
            },
            {
              key: 'lastAt',
              title: t('watch.away.lastAt'),
              width: 130,
              render: ({ lastAt }) => <TimeText at={lastAt} />,
            },
            {
              key: 'firstAt',
              title: t('watch.away.firstAt'),
              width: 130,
              render: ({ firstAt }) => <TimeText at={firstAt} />,
            },
          ]}
          rows={[...data.items, ...data.others]}
          idOf={idOf}
          empty={<EmptyState title={t('watch.away.none')} />}
        />
      )}
      {(data?.leftOut ?? 0) > 0 && <p className="ta-quiet">{t('watch.away.leftOut', { count: data?.leftOut ?? 0 })}</p>}
    </Drawer>
  );
}
