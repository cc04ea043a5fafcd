import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useGet } from '#api/hooks.ts';
import type { Answer } from '#api/types.ts';
import { useLocal } from '#parts/local.ts';
import { useFormat } from '#parts/time.ts';

type Model = Answer<'/api/assets/model'>;
export type AssetClass = Model['classes'][number];
export type Attribute = AssetClass['attributes'][number];

interface UseModel {
  readonly model: Model | undefined;
  readonly classOf: (name: string) => AssetClass | undefined;
  /** The attribute of that key, whatever class has it. */
  readonly attributeOf: (key: string) => Attribute | undefined;
}

/** What classes of assets there are and what each has, as the server describes it. */
export function useModel(): UseModel {
  const { data } = useGet<Model>('/api/assets/model');
  return useMemo(() => {
    const classes = new Map((data?.classes ?? []).map((one) => [one.class as string, one]));
    const attributes = new Map(
      (data?.classes ?? []).flatMap((one) => one.attributes).map((attribute) => [attribute.key, attribute]),
    );
    return { model: data, classOf: (name) => classes.get(name), attributeOf: (key) => attributes.get(key) };
  }, [data]);
}

/** A value of an attribute as people read it. */
export function useAttributeText(): (attribute: Attribute, value: unknown) => string {
  const { t } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  return (attribute, value) => {
    const named = (one: unknown): string => {
      const choice = attribute.choices.find((candidate) => candidate.value === one);
      return choice ? local(choice.title) : String(one);
    };
    if (value === null || value === undefined || value === '') return '';
    if (Array.isArray(value)) return value.map(named).join(t('parts.listSeparator'));
    if (typeof value === 'boolean') return t(value ? 'ledger.yes' : 'ledger.no');
    if (typeof value === 'number') {
      // A port is a name, not an amount.
      const text = attribute.unit ? format.number(value) : String(value);
      return attribute.unit ? `${text} ${local(attribute.unit)}` : text;
    }
    return named(value);
  };
}

/** The name of a field or attribute in changes and imports. */
export function useFieldName(): (field: string) => string {
  const { t, i18n } = useTranslation();
  const local = useLocal();
  const { attributeOf } = useModel();
  return (field) => {
    const attribute = field.startsWith('attributes.') ? attributeOf(field.slice('attributes.'.length)) : undefined;
    if (attribute) return local(attribute.title);
    const role = field.startsWith('duties.') ? `duties.role.${field.slice('duties.'.length)}` : undefined;
    const seen = field.startsWith('observed.') ? `changes.${field}` : undefined;
    const key = role ?? seen ?? `ledger.field.${field}`;
    return i18n.exists(key) ? t(key) : field;
  };
}

/** A value of a field or attribute as people read it. */
export function useValueText(): (field: string, value: unknown) => string {
  const { t, i18n } = useTranslation();
  const local = useLocal();
  const { attributeOf, classOf } = useModel();
  const attributeText = useAttributeText();
  return (field, value) => {
    const attribute = field.startsWith('attributes.') ? attributeOf(field.slice('attributes.'.length)) : undefined;
    if (attribute) return attributeText(attribute, value) || '—';
    if (field === 'marks' && Array.isArray(value)) {
      return value.map((mark) => t(`ledger.mark.${String(mark)}`)).join(t('parts.listSeparator')) || '—';
    }
    if (field === 'duty') return value === null ? '—' : t(`duties.summary.${String(value)}`);
    if (field.startsWith('duties.')) return dutyText(value, (state) => t(`duties.state.${state}`));
    if (Array.isArray(value)) return value.join('  ') || '—';
    if (typeof value === 'boolean') return t(value ? 'ledger.yes' : 'ledger.no');
    const assetClass = field === 'class' ? classOf(String(value)) : undefined;
    if (assetClass) return local(assetClass.title);
    const group = field === 'protectionLevel' ? 'level' : field;
    const key = `ledger.${group}.${value === '' || value === null ? 'none' : String(value)}`;
    if (i18n.exists(key)) return t(key);
    return value === '' || value === null ? '—' : String(value);
  };
}

/** A responsibility of a day in one line. */
function dutyText(value: unknown, stateText: (state: string) => string): string {
  if (typeof value !== 'object' || value === null) return '—';
  const of = (key: string): string => {
    const one: unknown = Reflect.get(value, key);
    return typeof one === 'string' ? one : '';
  };
  const until = of('untilOn') && ` – ${of('untilOn')}`;
  return [of('holder'), of('person'), `${of('fromOn')}${until}`, of('basis'), stateText(of('state'))]
    .filter((part) => part !== '')
    .join(' · ');
}
