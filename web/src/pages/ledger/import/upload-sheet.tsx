import { Form, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '#api/client.ts';
import { useGet, useInvalidate } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { FileDrop } from '#parts/file-drop.tsx';
import { PlaceSelect } from '#parts/place-select.tsx';
import { Section } from '#parts/section.tsx';
import { useSession } from '#shell/session.tsx';
import { readSetting, writeSetting } from '#shell/settings.ts';

const UNIT = 'import.unit';
const PROFILE = 'import.profile';

/** The choice of the last time, where it is one of this person's area. */
function rememberedUnit(scopePath: string): string | undefined {
  const unit = readSetting(UNIT);
  return unit?.startsWith(scopePath) && unit !== scopePath ? unit : undefined;
}

/** Whose assets the sheet holds and how its columns are read, and the sheet itself; its preview follows. */
export function UploadSheet({ onUploaded }: { onUploaded(id: string): void }) {
  const { t } = useTranslation();
  const invalidate = useInvalidate();
  const { scope } = useSession();
  const forOthers = scope.side === 'centre';
  const [unit, setUnit] = useState(() => (forOthers ? rememberedUnit(scope.path) : undefined));
  const [named, setNamed] = useState(() => readSetting(PROFILE) || undefined);
  const { data } = useGet<Answer<'/api/assets/imports/profiles'>>('/api/assets/imports/profiles', { unit });
  const profiles = data?.items ?? [];
  // What is remembered here may be unknown at another unit.
  const profile = profiles.some(({ name }) => name === named) ? named : undefined;
  const chooseProfile = (name: string | undefined) => {
    setNamed(name);
    writeSetting(PROFILE, name ?? '');
  };
  const chooseUnit = (path: string | undefined) => {
    setUnit(path);
    writeSetting(UNIT, path ?? '');
    // The sheets of another unit look otherwise.
    chooseProfile(undefined);
  };
  const upload = async (file: File) => {
    const body = new FormData();
    body.append('file', file);
    const choice = new URLSearchParams({ ...(unit && { unit }), ...(profile && { profile }) });
    const { id } = await api.post<{ id: string }>(`/api/assets/imports?${choice}`, body);
    await invalidate(['/api/assets/imports']);
    onUploaded(id);
  };
  return (
    <Section title={t('import.steps.upload')}>
      {(forOthers || profiles.length > 0) && (
        <Form component="div" layout="vertical" className="ta-form ta-import-choices">
          {forOthers && (
            <Form.Item label={t('import.unit')} extra={t('import.unitNext')} htmlFor="import-unit">
              <PlaceSelect id="import-unit" placeholder={t('import.unitOwn')} value={unit} onChange={chooseUnit} />
            </Form.Item>
          )}
          {profiles.length > 0 && (
            <Form.Item label={t('import.profile')} extra={t('import.profileNext')} htmlFor="import-profile">
              <Select<string | null>
                id="import-profile"
                allowClear
                placeholder={t('import.profileGuess')}
                value={profile ?? null}
                showSearch={{ optionFilterProp: 'label' }}
                options={profiles.map(({ name, headings }) => ({
                  value: name,
                  label: name,
                  title: headings.join(t('parts.listSeparator')),
                }))}
                onChange={(name) => chooseProfile(name ?? undefined)}
              />
            </Form.Item>
          )}
        </Form>
      )}
      <FileDrop accept=".xlsx,.xls,.csv" text={t('import.drop')} hint={t('import.dropHint')} take={upload} />
    </Section>
  );
}
