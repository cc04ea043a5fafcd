import { Button, Modal, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Paged, useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { useMay } from '#shell/session.tsx';
import { MergeDialog, type MergeSide } from './merge-dialog.tsx';

type Asset = Answer<'/api/assets'>['items'][number];

const sideOf = ({ id, name, unit, source }: Asset): MergeSide => ({ id, name, unit: unit.name, source });

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
    setOther(sideOf(one));
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
          options={choices.map(({ id, name, unit }) => ({ value: id, label: `${name} · ${unit.name}` }))}
          onSelect={choose}
        />
      </Modal>
      {other && own.data && <MergeDialog left={sideOf(own.data)} right={other} onClose={() => setOther(undefined)} />}
    </>
  );
}
