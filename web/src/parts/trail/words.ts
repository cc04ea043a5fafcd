import { useTranslation } from 'react-i18next';
import { useLocal } from '../local.ts';
import { absoluteTime, useFormat } from '../time.ts';
import type { JournalEntry } from './journal-trail.tsx';

/** How the facts of entries about one kind of object read. */
export interface TrailWords {
  /** What an entry is called where its verb alone says too little. */
  titleOf?(entry: JournalEntry): string | undefined;
  /** What a field is called; undefined: it is not shown. */
  nameOf(field: string): string | undefined;
  /** A value as people read it; undefined: it is nothing to read, such as an identifier. */
  textOf(field: string, value: unknown): string | undefined;
}

const ITEMS_SHOWN = 5;
const CHARS_SHOWN = 160;

const IDENTIFIER = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;
const PATH = /^\/(?:[\w-]+\/)*$/;

export const cut = (text: string): string => (text.length > CHARS_SHOWN ? `${text.slice(0, CHARS_SHOWN - 1)}…` : text);

const isTitle = (value: object): value is { zh: string; en: string } =>
  'zh' in value && 'en' in value && typeof value.zh === 'string' && typeof value.en === 'string';

/**
 * Words from the texts of a page: `SPACE.entry.CHANGE` (or `move_MOVE`) names entries, `SPACE.field.FIELD` fields, `SPACE.FIELD.VALUE` values;
 * what every object has in common is named here.
 *
 * @param fields where names of fields are, if elsewhere; `entries` likewise
 */
export function useTrailWords(
  space: string,
  {
    fields = `${space}.field`,
    entries = `${space}.entry`,
  }: { readonly fields?: string; readonly entries?: string } = {},
): TrailWords {
  const { t, i18n } = useTranslation();
  const local = useLocal();
  const format = useFormat();
  const found = (key: string): string | undefined =>
    i18n.exists(key, { returnObjects: false }) ? String(t(key)) : undefined;
  const valueText = (field: string, value: string | number): string | undefined =>
    found(`${space}.${field}.${value}`) ?? found(`parts.${field}.${value}`);
  const nameOf = (field: string): string | undefined =>
    found(`${fields}.${field}`) ?? found(`trail.fact.${field}`) ?? (field === 'state' ? t('trail.state') : undefined);
  const textOf = (field: string, value: unknown): string | undefined => {
    if (value === null || value === undefined || value === '') return '—';
    if (typeof value === 'boolean') return t(value ? 'trail.yes' : 'trail.no');
    if (typeof value === 'number') return valueText(field, value) ?? format.number(value);
    if (typeof value === 'string') {
      if (field === 'changed') return nameOf(value);
      if (IDENTIFIER.test(value) || PATH.test(value)) return undefined;
      if (INSTANT.test(value)) return absoluteTime(value);
      return /^[\w.-]+$/.test(value) ? (valueText(field, value) ?? value) : cut(value);
    }
    if (Array.isArray(value)) {
      const all = value.map((one: unknown) => textOf(field, one)).filter((text) => text !== undefined);
      if (all.length === 0) return value.length === 0 ? '—' : t('trail.things', { count: value.length });
      const shown = all.slice(0, ITEMS_SHOWN).join(t('parts.listSeparator'));
      return cut(all.length > ITEMS_SHOWN ? t('trail.of', { shown, count: all.length }) : shown);
    }
    if (typeof value !== 'object') return undefined;
    if (isTitle(value)) return local(value);
    return 'name' in value && typeof value.name === 'string' ? cut(value.name) : undefined;
  };
  return {
    titleOf: ({ data }) => {
      const count = Array.isArray(data?.alerts) ? data.alerts.length : 0;
      const keys = [`move_${data?.move}`, data?.change, data?.kind, data?.move];
      const key = keys
        .filter((one) => typeof one === 'string')
        .map((one) => `${entries}.${one.replaceAll(/[ -]/g, '_')}`)
        // Texts of counts have a key for each form of the number.
        .find((one) => i18n.exists(one, { count }));
      return key === undefined ? undefined : String(t(key, { count }));
    },
    nameOf,
    textOf,
  };
}
