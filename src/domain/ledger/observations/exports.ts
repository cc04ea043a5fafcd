import { z } from 'zod';
import type { IdentityClass } from '#engine/identity/keys.ts';
import { invalid } from '#platform/errors.ts';
import { ObservationInput, type ObservedFacts } from './observation.ts';

/**
 * Exports of other systems as observations. Each format is known by the names of its own interface: Wazuh's agents with
 * their syscollector data, Fleet's hosts, NetBox' devices and virtual machines, the instance lists of three clouds, and
 * the observations that another centre exports as NDJSON.
 */

export interface ExportPlace {
  readonly unitPath: string;
  readonly instance: string | undefined;
  readonly now: Date;
  /** Records of another centre may name units, but only inside this path. */
  readonly scope: string;
}

export interface ReadExport {
  readonly format: string;
  readonly observations: readonly ObservationInput[];
  readonly faults: readonly { readonly at: string; readonly message: string }[];
}

type Row = Readonly<Record<string, unknown>>;

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const rowsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A value by its way through objects, as text; `''` where there is none. */
function at(row: unknown, ...way: readonly string[]): string {
  let value: unknown = row;
  for (const name of way) value = isRow(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function inside(row: unknown, ...way: readonly string[]): unknown {
  let value: unknown = row;
  for (const name of way) value = isRow(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return value;
}

const texts = (value: unknown): string[] =>
  rowsOf(value).flatMap((one) => (typeof one === 'string' && one !== '' ? [one] : []));
const present = (...all: readonly string[]): string[] => all.filter((text) => text !== '');
const withoutMask = (address: string): string => address.replace(/\/\d+$/, '');

interface Mapped {
  readonly nativeKey: string;
  readonly class?: IdentityClass;
  readonly facts: z.input<typeof ObservedFacts>;
  readonly seen?: string;
}

interface Format {
  readonly name: string;
  /** The records, when the content is of this format. */
  find(content: unknown): readonly unknown[] | undefined;
  map(row: Row): Mapped;
}

/** The first list under any of these ways whose first entry has all of these names. */
function listAt(content: unknown, ways: readonly (readonly string[])[], names: readonly string[]) {
  for (const way of ways) {
    const list = way.length === 0 ? content : inside(content, ...way);
    const [first] = rowsOf(list);
    if (isRow(first) && names.every((name) => Object.hasOwn(first, name))) return rowsOf(list);
  }
  return undefined;
}

const FORMATS: readonly Format[] = [
  {
    name: 'aliyun',
    find: (content) =>
      listAt(content, [['Instances', 'Instance'], ['Instances'], []], ['InstanceId', 'InstanceName', 'RegionId']),
    map: (row) => {
      const cards = rowsOf(inside(row, 'NetworkInterfaces', 'NetworkInterface'));
      return {
        nativeKey: at(row, 'InstanceId'),
        facts: {
          name: at(row, 'InstanceName'),
          instanceId: at(row, 'InstanceId'),
          hostNames: present(at(row, 'HostName')),
          addresses: [
            ...texts(inside(row, 'VpcAttributes', 'PrivateIpAddress', 'IpAddress')),
            ...texts(inside(row, 'InnerIpAddress', 'IpAddress')),
            ...texts(inside(row, 'PublicIpAddress', 'IpAddress')),
            ...present(at(row, 'EipAddress', 'IpAddress')),
          ],
          macs: cards.flatMap((card) => present(at(card, 'MacAddress'))),
          serial: at(row, 'SerialNumber'),
          vendor: 'Alibaba Cloud',
          model: at(row, 'InstanceType'),
          operatingSystem: at(row, 'OSName'),
          location: at(row, 'ZoneId'),
          state: at(row, 'Status'),
        },
      };
    },
  },
  {
    name: 'tencent',
    find: (content) =>
      listAt(
        content,
        [['Response', 'InstanceSet'], ['InstanceSet'], []],
        ['InstanceId', 'Placement', 'PrivateIpAddresses'],
      ),
    map: (row) => ({
      nativeKey: at(row, 'InstanceId'),
      facts: {
        name: at(row, 'InstanceName'),
        instanceId: at(row, 'InstanceId'),
        uuid: at(row, 'Uuid'),
        addresses: [...texts(inside(row, 'PrivateIpAddresses')), ...texts(inside(row, 'PublicIpAddresses'))],
        vendor: 'Tencent Cloud',
        model: at(row, 'InstanceType'),
        operatingSystem: at(row, 'OsName'),
        location: at(row, 'Placement', 'Zone'),
        state: at(row, 'InstanceState'),
      },
    }),
  },
  {
    name: 'huawei',
    find: (content) => listAt(content, [['servers'], []], ['id', 'addresses', 'flavor']),
    map: (row) => {
      const networks = inside(row, 'addresses');
      const cards = isRow(networks) ? Object.values(networks).flatMap(rowsOf) : [];
      return {
        nativeKey: at(row, 'id'),
        facts: {
          name: at(row, 'name'),
          instanceId: at(row, 'id'),
          hostNames: present(at(row, 'OS-EXT-SRV-ATTR:hostname')),
          addresses: cards.flatMap((card) => present(at(card, 'addr'))),
          macs: cards.flatMap((card) => present(at(card, 'OS-EXT-IPS-MAC:mac_addr'))),
          vendor: 'Huawei Cloud',
          model: at(row, 'flavor', 'id'),
          operatingSystem: at(row, 'metadata', 'image_name'),
          location: at(row, 'OS-EXT-AZ:availability_zone'),
          state: at(row, 'status'),
        },
      };
    },
  },
  {
    name: 'fleet',
    find: (content) => listAt(content, [['hosts'], []], ['hostname', 'hardware_serial', 'primary_ip']),
    map: (row) => ({
      nativeKey: at(row, 'id') || at(row, 'uuid'),
      seen: at(row, 'seen_time'),
      facts: {
        name: at(row, 'display_name') || at(row, 'hostname'),
        agentId: at(row, 'id'),
        hostNames: present(at(row, 'hostname')),
        addresses: present(at(row, 'primary_ip')),
        macs: present(at(row, 'primary_mac')),
        serial: at(row, 'hardware_serial'),
        vendor: at(row, 'hardware_vendor'),
        model: at(row, 'hardware_model'),
        uuid: at(row, 'uuid'),
        operatingSystem: at(row, 'os_version'),
        state: at(row, 'status'),
      },
    }),
  },
  {
    name: 'wazuh',
    find: (content) => {
      const names = ['id', 'name', 'version', 'manager'];
      return listAt(content, [['data', 'affected_items'], ['affected_items'], []], names);
    },
    map: (row) => {
      const cards = rowsOf(inside(row, 'netiface'));
      return {
        nativeKey: at(row, 'id'),
        seen: at(row, 'lastKeepAlive'),
        facts: {
          name: at(row, 'name'),
          agentId: at(row, 'id'),
          hostNames: present(at(row, 'os', 'hostname') || at(row, 'name')),
          addresses: [...present(at(row, 'ip')), ...cards.flatMap((card) => texts(inside(card, 'ipv4', 'address')))],
          macs: cards.flatMap((card) => present(at(card, 'mac'))),
          serial: at(row, 'hardware', 'board_serial'),
          operatingSystem: present(at(row, 'os', 'name'), at(row, 'os', 'version')).join(' '),
          state: at(row, 'status'),
        },
      };
    },
  },
  {
    name: 'netbox',
    find: (content) => listAt(content, [['results'], []], ['id', 'name', 'primary_ip', 'status']),
    map: (row) => {
      const machine = at(row, 'device_type', 'id') === '' ? 'virtual-machine' : 'device';
      const addresses = ['primary_ip', 'primary_ip4', 'primary_ip6'].map((name) =>
        withoutMask(at(row, name, 'address')),
      );
      return {
        nativeKey: `${machine}/${at(row, 'id')}`,
        seen: at(row, 'last_updated'),
        facts: {
          name: at(row, 'name'),
          hostNames: present(at(row, 'name')),
          addresses: [...new Set(present(...addresses))],
          serial: at(row, 'serial'),
          vendor: at(row, 'device_type', 'manufacturer', 'name'),
          model: at(row, 'device_type', 'model'),
          operatingSystem: at(row, 'platform', 'name'),
          location: present(at(row, 'site', 'name'), at(row, 'rack', 'name')).join(' '),
          state: at(row, 'status', 'value'),
        },
      };
    },
  },
];

/** Records of one file. */
const ROWS_MAX = 200_000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/**
 * Reads an export. A record that cannot be read is left out and named; the others are taken.
 *
 * @throws AppError `invalid_input` when nothing of it is of a format that is known
 */
export function readExport(text: string, place: ExportPlace): ReadExport {
  const content = parsed(text);
  for (const format of content === undefined ? [] : FORMATS) {
    const rows = format.find(content);
    if (rows !== undefined) return mapped(format, rows, place);
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = parsed(lines[0] ?? '');
  if (isRow(first) && 'nativeKey' in first && 'facts' in first) return ofCentre(lines, place);
  throw invalid('Nothing in the file is of a format that is known', [
    {
      at: '/text',
      message: `Give JSON as ${FORMATS.map(({ name }) => name).join(', ')} export it, or NDJSON of another centre`,
    },
  ]);
}

const faultOf = (where: string, error: z.ZodError) => {
  const [issue] = error.issues;
  return { at: where, message: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}` };
};

function mapped(format: Format, rows: readonly unknown[], { unitPath, instance, now }: ExportPlace): ReadExport {
  const observations: ObservationInput[] = [];
  const faults: { at: string; message: string }[] = [];
  if (rows.length > ROWS_MAX) throw invalid(`More than ${ROWS_MAX} records: export in parts`);
  for (const [index, row] of rows.entries()) {
    const where = `${format.name}[${index}]`;
    if (!isRow(row)) {
      faults.push({ at: where, message: 'not a record' });
      continue;
    }
    const { seen = '', class: identityClass = 'host', ...rest } = format.map(row);
    const seenMs = Date.parse(seen);
    const observation = {
      source: instance === undefined ? format.name : `${format.name}:${instance}`,
      class: identityClass,
      unitPath,
      // A time that the source writes of the future is a clock that is wrong.
      seenAt: Number.isNaN(seenMs) || seenMs > now.getTime() ? now : new Date(seenMs),
      ...rest,
      raw: { ...row },
    };
    const checked = ObservationInput.safeParse(observation);
    if (checked.success) observations.push(observation);
    else faults.push(faultOf(where, checked.error));
  }
  return { format: format.name, observations, faults };
}

/** A line of another centre's export: an observation with times as text, as the list of observations has it. */
const Line = z
  .object({
    source: z.string(),
    nativeKey: z.string(),
    class: z.string(),
    unitPath: z.string(),
    state: z.string().optional(),
    firstSeenAt: z.coerce.date().optional(),
    seenAt: z.coerce.date().optional(),
    lastSeenAt: z.coerce.date().optional(),
    facts: z.record(z.string(), z.unknown()),
    raw: z.record(z.string(), z.unknown()).default({}),
  })
  .transform(({ state, seenAt, lastSeenAt, ...rest }, check) => {
    const seen = seenAt ?? lastSeenAt;
    if (seen === undefined)
      check.addIssue({ code: 'custom', path: ['seenAt'], message: 'neither seenAt nor lastSeenAt' });
    // Nothing stands behind it any more, so it must not come to life elsewhere.
    if (state === 'withdrawn')
      check.addIssue({ code: 'custom', path: ['state'], message: 'withdrawn where it was seen' });
    return seen === undefined ? z.NEVER : { ...rest, seenAt: seen };
  });

function ofCentre(lines: readonly string[], { unitPath, scope, now }: ExportPlace): ReadExport {
  if (lines.length > ROWS_MAX) throw invalid(`More than ${ROWS_MAX} records: export in parts`);
  const observations: ObservationInput[] = [];
  const faults: { at: string; message: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const where = `line ${index + 1}`;
    const read = Line.safeParse(parsed(line));
    if (!read.success) {
      faults.push(faultOf(where, read.error));
      continue;
    }
    const { seenAt, unitPath: named, ...rest } = read.data;
    const times = { seenAt: seenAt > now ? now : seenAt };
    // What the other centre calls its own record is no record of this ledger.
    const source = rest.source === 'ledger' ? 'centre' : rest.source;
    const observation = { ...rest, ...times, source, unitPath: named.startsWith(scope) ? named : unitPath };
    const checked = ObservationInput.safeParse(observation);
    if (checked.success) observations.push(observation as ObservationInput);
    else faults.push(faultOf(where, checked.error));
  }
  return { format: 'centre', observations, faults };
}
