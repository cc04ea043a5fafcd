import type { Detection } from '#domain/alerts/index.ts';
import { raiseDetections } from '#domain/alerts/index.ts';
import type { TestPlatform } from './stores.ts';

let serial = 0;

export interface AlertWish {
  readonly unitPath: string;
  readonly level?: Detection['level'];
  /** When the platform finds it; default is the test's now. */
  readonly raisedAt?: string;
  readonly raw?: string;
}

/** Raises one alert of its own (no other alert joins it) about a web shell on a host of the unit. @returns its id */
export async function raiseAlert(site: Pick<TestPlatform, 'clock' | 'system'>, wish: AlertWish): Promise<string> {
  serial += 1;
  const now = site.clock.now();
  const at = wish.raisedAt ? new Date(wish.raisedAt) : now;
  const host = `web-${serial}`;
  const detection: Detection = {
    id: `web-shell:${serial}`,
    ruleId: `web-shell-${serial}`,
    ruleTitle: { zh: '网站目录出现后门文件', en: 'Web shell in a web folder' },
    level: wish.level ?? 'high',
    techniques: ['T1505.003'],
    tactics: ['persistence'],
    category: 'attack.backdoor_plant',
    event: {
      id: `event-${serial}`,
      timeMs: at.getTime(),
      receivedAtMs: at.getTime(),
      source: 'nginx',
      logsource: { product: 'nginx', category: 'webserver', service: 'nginx' },
      unitPath: wish.unitPath,
      fields: { Computer: host, 'cs-uri-query': '/uploads/x.jsp' },
      raw: wish.raw ?? 'GET /uploads/x.jsp',
      problem: '',
    },
    relatedEventIds: [],
    matched: [{ field: 'cs-uri-query', value: '/uploads/x.jsp', condition: 'endswith .jsp' }],
    entity: { kind: 'host', value: host },
    atMs: at.getTime(),
  };
  site.clock.set(at);
  const { raised } = await site.system.transaction((tx) => raiseDetections(tx, [detection], `batch-${serial}`));
  site.clock.set(now);
  const [id] = raised;
  if (id === undefined) throw new Error('the detection raised no alert');
  return id;
}
