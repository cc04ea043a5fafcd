import { declareZone, type ObservationInput, observe, observeChangedRecords } from '#domain/ledger/index.ts';
import type { Ctx } from '#platform/context.ts';
import { ASSETS } from './hosts.ts';

const DAY_MS = 86_400_000;
/** A UUID that somebody cloned with the image of a machine. */
const CLONED = '564d5e3a-7c10-4a21-9f00-2b6f0c51d7aa';
const PAIR = '564d5e3a-7c10-4a21-9f00-2b6f0c51d7bb';

/** What agents, an inventory, an address server and a cluster say of machines of the synthetic region. */
function observations(paths: ReadonlyMap<string, string>, now: Date): ObservationInput[] {
  const unitPath = paths.get('nn-hr') ?? '/450000/';
  const seen = (
    source: string,
    nativeKey: string,
    daysAgo: number,
    facts: ObservationInput['facts'],
    at = unitPath,
  ): ObservationInput => ({
    source,
    nativeKey,
    class: 'host',
    unitPath: at,
    firstSeenAt: new Date(now.getTime() - (daysAgo + 20) * DAY_MS),
    seenAt: new Date(now.getTime() - daysAgo * DAY_MS),
    facts,
  });
  const agents = ASSETS.flatMap((asset, index) => {
    const [name] = asset.hosts;
    const at = paths.get(asset.unit);
    if (name === undefined || at === undefined) return [];
    const number = String(index + 1).padStart(3, '0');
    const uuid = `4c4c4544-0051-4a10-8${number}-b4c04f313${number}`;
    const serial = `2102DEMO${number}`;
    return [
      seen(
        'wazuh',
        number,
        0,
        {
          agentId: number,
          hostNames: [name],
          addresses: [...asset.addresses],
          macs: [`a4:bb:6d:10:00:${number.slice(1)}`],
          uuid,
          operatingSystem: 'openEuler 22.03',
        },
        at,
      ),
      seen(
        'netbox',
        `dcim/${number}`,
        3,
        {
          name: `${name}（机房登记）`,
          serial,
          vendor: 'Inspur',
          model: 'NF5280M6',
          uuid,
          operatingSystem: 'CentOS 7.9',
          location: '三楼机房 B 列',
        },
        at,
      ),
    ];
  });
  return [
    ...agents,
    // One machine after the other at the same address.
    seen('dhcp', 'lease-1', 40, { hostNames: ['PC-0418'], macs: ['a4:bb:6d:20:00:01'], addresses: ['10.71.20.150'] }),
    seen('dhcp', 'lease-2', 1, { hostNames: ['PC-0731'], macs: ['a4:bb:6d:20:00:02'], addresses: ['10.71.20.150'] }),
    // Two that look alike, for a person to decide.
    seen('wazuh', '101', 1, { agentId: '101', uuid: PAIR, hostNames: ['test-01'], addresses: ['10.71.20.161'] }),
    seen('wazuh', '102', 1, { agentId: '102', uuid: PAIR, hostNames: ['test-02'], addresses: ['10.71.20.162'] }),
    // A cloned image: its UUID says nothing.
    ...[1, 2, 3, 4, 5].map((at) =>
      seen('vcenter', `vm-${at}`, 1, { uuid: CLONED, hostNames: [`vm-${at}`], addresses: [`10.71.20.17${at}`] }),
    ),
    // Only an address, and a serial that nobody filled in.
    seen('nessus', '10.71.20.199', 2, { addresses: ['10.71.20.199'], serial: 'To be filled by O.E.M.' }),
  ];
}

/** Lets other systems report about the region, so that there is something to link, to decide and to correct. */
export async function seedObserved(system: Ctx, paths: ReadonlyMap<string, string>): Promise<void> {
  const unitPath = paths.get('nn-hr') ?? '/450000/';
  const zone = { remark: '', unitPath };
  await declareZone(system, {
    ...zone,
    name: '人社核心机房',
    kind: 'unit_network',
    addressing: 'static',
    ranges: ['10.71.10.0/24'],
  });
  await declareZone(system, {
    ...zone,
    name: '人社办公网',
    kind: 'unit_network',
    addressing: 'dynamic',
    ranges: ['10.71.20.0/24'],
  });
  await observeChangedRecords(system);
  await observe(system, observations(paths, system.clock.now()));
}
