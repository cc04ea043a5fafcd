import { type Paged, useGet } from '../api/hooks.ts';
import { AppLink } from '../shell/link.tsx';
import { useMay } from '../shell/session.tsx';
import { useLocal } from './local.ts';

export interface UnitAt {
  readonly id: string;
  readonly path: string;
  readonly name: string;
}

interface Division {
  readonly path: string;
  readonly name: string;
  readonly nameEn: string | null;
}

/** Units whose code is the last part of a path. */
function useUnitsNear(path: string | undefined) {
  const code = path?.split('/').at(-2) ?? '';
  return useGet<Paged<UnitAt>>(path ? '/api/units' : null, { search: code, pageSize: 20 });
}

/** The unit at a path, looked up by the last part of it; undefined while that is not known, and where there is none. */
export const useUnitAt = (path: string | undefined): UnitAt | undefined =>
  useUnitsNear(path).data?.items.find((unit) => unit.path === path);

/** The division or unit at a path, by its name; the path itself where it has none, and to those who may not read units. */
export function UnitName({ path }: { path: string }) {
  const local = useLocal();
  const may = useMay();
  const divisions = useGet<{ items: readonly Division[] }>('/api/divisions');
  const division = divisions.data?.items.find((one) => one.path === path);
  const isUnit = divisions.data !== undefined && division === undefined && may('unit.read');
  const units = useUnitsNear(isUnit ? path : undefined);
  const unit = units.data?.items.find((one) => one.path === path);
  if (unit) return <AppLink to={`/units/${unit.id}`}>{unit.name}</AppLink>;
  if (division) return <span title={path}>{local({ zh: division.name, en: division.nameEn ?? division.name })}</span>;
  return <span>{divisions.isLoading || units.isLoading ? '…' : path}</span>;
}
