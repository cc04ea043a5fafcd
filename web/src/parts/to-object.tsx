import type { ReactNode } from 'react';
import { AppLink } from '../shell/link.tsx';
import { useMay } from '../shell/session.tsx';

/** Where the page of an object is, and who may open it. */
const PAGES: Readonly<Record<string, { readonly to: (id: string) => string; readonly permission: string }>> = {
  asset: { to: (id) => `/assets/${id}`, permission: 'asset.read' },
  asset_identity: { to: (id) => `/assets/identity?id=${id}`, permission: 'asset.read' },
  asset_import: { to: (id) => `/assets/import?id=${id}`, permission: 'asset.read' },
  asset_campaign: { to: (id) => `/campaigns/${id}`, permission: 'asset.campaign' },
  vulnerability: { to: (id) => `/vulnerabilities/${id}`, permission: 'vulnerability.read' },
  alert: { to: (id) => `/alerts/${id}`, permission: 'alert.read' },
  incident: { to: (id) => `/incidents/${id}`, permission: 'incident.read' },
  order: { to: (id) => `/orders/${id}`, permission: 'order.read' },
};

interface ToObjectProps {
  readonly object: { readonly kind: string; readonly id: string } | null;
  readonly children: ReactNode;
}

/** A text with the way to the object, for those who may go it. */
export function ToObject({ object, children }: ToObjectProps) {
  const may = useMay();
  const page = object === null ? undefined : PAGES[object.kind];
  if (object === null || page === undefined || !may(page.permission)) return children;
  return <AppLink to={page.to(object.id)}>{children}</AppLink>;
}
