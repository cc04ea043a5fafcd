import { Button, Modal, Select } from 'antd';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { useMay } from '#shell/session.tsx';
import { MergeDialog, type MergeSide } from './merge-dialog.tsx';

type Asset = Answer<'/api/assets'>['items'][number];

/** Merges an asset with another one that a person looks for. */
export function MergeWith({ identity }: { identity: Answer<'/api/assets/{id}/identity'> }) {
  const { t } = useTranslation();
  const may = useMay();
  const [isChoosing, setChoosing] = useState(false);
  const [search, setSearch] = useState('');
  const [other, setOther] = useState<MergeSide>();
  const own = useGet<Asset>(isChoosing || other ? `/api/assets/${identity.id}` : null);
  const found = useGet<Paged<Asset>>(
    isChoosing && search.trim() !== '' ? '/api/assets' : null,
    { text: search, pageSize: 20 },
    { keepPrevious: true },
  );
  if (!may('asset.resolve')) return null;
  const choices = (found.data?.items ?? []).filter(({ id }) => id !== identity.id);
  const choose = (id: string) => {
    const one = choices.find((asset) => asset.id === id);
    if (one === undefined) return;
    setOther(one);
    setChoosing(false);
  };
  return (
    <>
      <Button onClick={() => setChoosing(true)}>{t('workbench.mergeWith.open')}</Button>
      <Modal
        open={isChoosing}
        title={t('workbench.mergeWith.title', { name: identity.name })}
        footer={null}
        onCancel={() => setChoosing(false)}
        destroyOnHidden
      >
        <p className="ta-quiet">{t('workbench.mergeWith.hint')}</p>
        <Select<string>
          className="ta-merge-search"
          aria-label={t('workbench.mergeWith.search')}
          placeholder={t('workbench.mergeWith.search')}
          showSearch={{ filterOption: false, onSearch: setSearch }}
          options={choices.map(({ id, name }) => ({ value: id, label: name }))}
          optionRender={({ value, label }) => <Option name={label} asset={choices.find(({ id }) => id === value)} />}
          onSelect={choose}
        />
      </Modal>
      {other && own.data && <MergeDialog left={own.data} right={other} onClose={() => setOther(undefined)} />}
    </>
  );
}

/** An asset to choose, with what several of one name are told apart by. */
function Option({ name, asset }: { name: ReactNode; asset: Asset | undefined }) {
  const known = asset && [asset.unit.name, asset.code, ...asset.addresses.slice(0, 2), ...asset.hosts.slice(0, 1)];
  return (
    <>
      {name}
      <span className="ta-merge-side">
        {known
          ?.filter((text) => text !== '')
          .map((text) => (
            <span key={text}>{text}</span>
          ))}
      </span>
    </>
  );
}
