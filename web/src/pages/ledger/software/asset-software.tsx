import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { EmptyState } from '#parts/empty-state.tsx';
import { Pager } from '#parts/pager.tsx';
import { QueryCard } from '#parts/query-card.tsx';
import { TimeText } from '#parts/time-text.tsx';
import './software.css';

type Software = Answer<'/api/vulnerabilities/software', 'get'>['items'][number];

const PAGE_SIZE = 10;

/** What is installed on an asset or says that it runs there: an SBOM can name thousands. */
export function AssetSoftware({ id }: { id: string }) {
  const { t } = useTranslation();
  const [page, setPage] = useState(1);
  const [text, setText] = useState('');
  const asked = new URLSearchParams({ asset: id, page: String(page), pageSize: String(PAGE_SIZE), text });
  const answer = useGet<Paged<Software>>(`/api/vulnerabilities/software?${asked}`);
  const find = (wanted: string) => {
    setText(wanted);
    setPage(1);
  };
  return (
    <QueryCard
      title={t('ledger.section.software')}
      answer={answer}
      isEmpty={({ total }) => total === 0 && text === ''}
      empty={{ title: t('ledger.section.softwareNone'), hint: t('ledger.section.softwareHint') }}
    >
      {({ items, total }) => (
        <>
          {(total > PAGE_SIZE || text !== '') && (
            <Input.Search
              className="ta-asset-software-find"
              allowClear
              placeholder={t('ledger.section.softwareFind')}
              onSearch={find}
            />
          )}
          {items.length === 0 ? <EmptyState title={t('ledger.section.softwareNothing')} /> : <Rows items={items} />}
          <Pager page={page} pageSize={PAGE_SIZE} total={total} onPage={setPage} />
        </>
      )}
    </QueryCard>
  );
}

function Rows({ items }: { items: readonly Software[] }) {
  const { t } = useTranslation();
  return (
    <ul className="ta-asset-software">
      {items.map((one) => (
        <li key={[one.target, one.tool, one.ecosystem, one.name, one.version].join(' ')}>
          <span>
            <strong>{one.name}</strong> {one.version}
            {one.ecosystem !== '' && <span className="ta-quiet"> {one.ecosystem}</span>}
          </span>
          <span className="ta-quiet">
            {t(`ledger.section.softwareBy.${one.seenBy}`)} · {one.tool}
          </span>
          <TimeText at={one.seenAt} />
        </li>
      ))}
    </ul>
  );
}
