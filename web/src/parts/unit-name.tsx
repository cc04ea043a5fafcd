import { useGet } from '../api/hooks.ts';
import { AppLink } from '../shell/link.tsx';
import { useMay } from '../shell/session.tsx';
import { useLocal } from './local.ts';

interface Place {
  readonly path: string;
  readonly name: string;
}

interface Paged<Item> {
  readonly items: readonly Item[];
}

/** The division or unit at a path, by its name; the path itself while that is not known, and to those who may not read units. */
export function UnitName({ path }: { path: string }) {
  const local = useLocal();
  const may = useMay();
  const divisions = useGet<Paged<Place & { nameEn: string | null }>>('/api/divisions').data;
  const division = divisions?.items.find((one) => one.path === path);
  const isUnit = divisions !== undefined && division === undefined && may('unit.read');
  const code = path.split('/').at(-2) ?? '';
  const units = useGet<Paged<Place & { id: string }>>(isUnit ? '/api/units' : null, { search: code, pageSize: 20 });
  const unit = units.data?.items.find((one) => one.path === path);
  if (unit) return <AppLink to={`/units/${unit.id}`}>{unit.name}</AppLink>;
  if (division) return <span title={path}>{local({ zh: division.name, en: division.nameEn ?? division.name })}</span>;
  return <span>{path}</span>;
}
