import type { ObservationInput } from '#domain/ledger/index.ts';

/** A generator of numbers that gives the same ones each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const UNITS = 2000;
/** Machines of one unit are numbered from here in 10.0.0.0/8, the same in every unit: as it is in life. */
const octets = (unit: number, machine: number): string => `10.${unit % 200}.${(machine >> 8) & 255}.${machine & 255}`;

const hex = (value: number, length: number): string => Math.floor(value).toString(16).padStart(length, '0');

const START_MS = Date.UTC(2026, 0, 5);

const unitPath = (unit: number): string => `/450000/45${hex(1 + (unit % 14), 2)}00/unit-${unit}/`;

/** An asset of the filled ledger, by its number from 1 on: the address and the unit that `fillLedger` gave it. */
export const stockOf = (asset: number): { address: string; unitPath: string } => {
  const unit = asset % UNITS;
  const host = asset % 16_000_000;
  return {
    address: `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`,
    unitPath: `/450000/${450_000 + (1 + (unit % 14)) * 100}/unit-${unit}/`,
  };
};

const unitOf = (machine: number): number => machine % UNITS;

const addressOf = (machine: number): string => octets(unitOf(machine), Math.floor(machine / UNITS));

/**
 * What five kinds of sources see of one machine: an agent, the cloud's or the device inventory, a scanner, the telemetry,
 * a sheet of another system. Some machines are virtual, some move between addresses, some are reinstalled.
 */
export function observationsOf(machine: number): ObservationInput[] {
  const random = numbers(machine + 1);
  const unit = unitPath(unitOf(machine));
  const address = addressOf(machine);
  const name = `m${Math.floor(machine / UNITS)}-${hex(random() * 65_536, 4)}`;
  const uuid = `${hex(random() * 2 ** 32, 8)}-${hex(machine, 8).slice(0, 4)}-4${hex(machine, 8).slice(5)}-a000-${hex(machine, 12)}`;
  const mac = `a4:bb:${hex(random() * 256, 2)}:${hex(machine, 6).replace(/(..)(..)(..)/, '$1:$2:$3')}`;
  const base = { class: 'host' as const, unitPath: unit };
  const at = (day: number) => new Date(START_MS + (day * 24 + Math.floor(random() * 24)) * 3_600_000);
  const moved = random() < 0.2 ? octets(unitOf(machine) + 1, Math.floor(machine / UNITS)) : address;
  return [
    {
      ...base,
      source: 'wazuh',
      nativeKey: `a-${machine}`,
      seenAt: at(1),
      facts: { agentId: `a-${machine}`, hostNames: [name], addresses: [address], macs: [mac], uuid },
    },
    {
      ...base,
      source: 'netbox',
      nativeKey: `d-${machine}`,
      seenAt: at(2),
      facts: {
        name,
        hostNames: [`${name}.gov.internal`],
        serial: `CN${hex(machine, 8)}`,
        vendor: 'Inspur',
        uuid,
        model: 'NF5280',
      },
    },
    {
      ...base,
      source: 'nessus',
      nativeKey: address,
      seenAt: at(3),
      facts: { hostNames: [name], addresses: [address], macs: [mac], operatingSystem: 'Kylin V10' },
    },
    {
      ...base,
      source: 'telemetry',
      nativeKey: `host/${name}`,
      seenAt: at(4),
      facts: { hostNames: [name], addresses: [moved] },
    },
    {
      ...base,
      source: 'cmdb',
      nativeKey: `c-${machine}`,
      seenAt: at(5),
      facts: { name, serial: `CN${hex(machine, 8)}`, vendor: '浪潮', addresses: [moved] },
    },
  ];
}
