import type { LogSource } from '../fields/event.ts';

/** Addresses of no particular machine. */
const NOBODYS_ADDRESSES =
  /^(?:-|0\.0\.0\.0|127\..*|::|::1|169\.254\..*|fe80:.*|255\.255\.255\.255|22[4-9]\..*|23\d\..*|ff.*:.*|localhost)$/i;

/** An address as it stands in an event; '' when it is that of no particular machine. */
export const ofAMachine = (address: string): string => (NOBODYS_ADDRESSES.test(address) ? '' : address);

/** Sources that watch others: the machine that wrote the record is not what the record is about. */
const OBSERVING_CATEGORIES = new Set(['firewall', 'proxy', 'dns', 'ids', 'network_traffic']);
const OBSERVING_PRODUCTS = new Set(['suricata', 'zeek', 'snort']);

/** Whether the writing machine only observed: firewalls, proxies, network sensors. */
export const isObserver = ({ category, product }: LogSource): boolean =>
  OBSERVING_CATEGORIES.has(category) || OBSERVING_PRODUCTS.has(product);

/** `/450000/450100/` of `/450000/450100/exit-firewall/`. */
export const placeAbove = (path: string): string => path.replace(/[^/]+\/$/, '');
