import { ColumnHeightOutlined, SettingOutlined } from '@ant-design/icons';
import { Button, Checkbox, Popover, Tooltip } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readSetting, writeSetting } from '../../shell/settings.ts';
import type { Column } from './column.ts';

export type Density = 'small' | 'middle';

function parsed<T>(text: string | undefined, fallback: T): T {
  try {
    return text === undefined ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

/** Which columns of a list this person sees, kept in this browser. */
export function useShownColumns<Row>(name: string, columns: readonly Column<Row>[]) {
  const setting = `list.${name}.hidden`;
  const [hidden, setHidden] = useState<readonly string[]>(() =>
    parsed(
      readSetting(setting),
      columns.filter((column) => column.hidden).map(({ key }) => key),
    ),
  );
  const change = (next: readonly string[]) => {
    setHidden(next);
    writeSetting(setting, JSON.stringify(next));
  };
  return { shown: columns.filter(({ key }) => !hidden.includes(key)), hidden, change };
}

export function useDensity(): readonly [Density, (density: Density) => void] {
  const [density, setDensity] = useState<Density>(readSetting('density') === 'middle' ? 'middle' : 'small');
  return [
    density,
    (next) => {
      setDensity(next);
      writeSetting('density', next);
    },
  ];
}

export function ColumnChooser<Row>(props: {
  columns: readonly Column<Row>[];
  hidden: readonly string[];
  onChange(hidden: readonly string[]): void;
}) {
  const { t } = useTranslation();
  const { columns, hidden, onChange } = props;
  return (
    <Popover
      trigger="click"
      placement="bottomRight"
      title={t('parts.list.columns')}
      content={
        <Checkbox.Group
          className="ta-column-chooser"
          value={columns.map(({ key }) => key).filter((key) => !hidden.includes(key))}
          options={columns.map(({ key, title }) => ({ value: key, label: title }))}
          onChange={(shown) => {
            if (shown.length > 0) onChange(columns.map(({ key }) => key).filter((key) => !shown.includes(key)));
          }}
        />
      }
    >
      <Button type="text" aria-label={t('parts.list.columns')} icon={<SettingOutlined />} />
    </Popover>
  );
}

export function DensitySwitch({ density, onChange }: { density: Density; onChange(density: Density): void }) {
  const { t } = useTranslation();
  const next = density === 'small' ? 'middle' : 'small';
  return (
    <Tooltip title={t(`parts.list.density.${next}`)}>
      <Button
        type="text"
        aria-label={t(`parts.list.density.${next}`)}
        icon={<ColumnHeightOutlined />}
        onClick={() => onChange(next)}
      />
    </Tooltip>
  );
}
