import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { needSyslogPorts } from '#domain/telemetry/index.ts';
import { loadConfig } from '#platform/config.ts';
import { refuseIfServed } from '#platform/lock.ts';
import { openLog } from '#platform/log.ts';
import { buildConsole } from '../build-console.ts';
import { SOURCES } from '../demo/hosts.ts';
import { ACCOUNTS, ADMINISTRATORS, DEMO_PASSWORD } from '../demo/region.ts';
import { seedScan } from '../demo/scan.ts';
import { seedRegion } from '../demo/seed.ts';
import { openSenders } from '../demo/senders.ts';
import { tellStory } from '../demo/story.ts';
import { type App, openApp } from '../server.ts';
import type { Command, Io } from './command.ts';
import { askedToStop } from './serve.ts';

const RETENTION_DAYS = 30;
/** Says that a folder holds a demo, so that `--fresh` never removes anything else. */
const MARK = 'this-is-a-demo';

/** The demo keeps to itself: its own folder, loopback only, short retention. Variables still win. */
function demoConfig() {
  const given = loadConfig();
  const named = (name: 'dataDir' | 'log') => JSON.stringify(given[name]) !== JSON.stringify(loadConfig({})[name]);
  return loadConfig(undefined, undefined, {
    environment: 'demo',
    installation: 'tongan-demo',
    dataDir: named('dataDir') ? given.dataDir : 'data/demo',
    log: named('log') ? given.log : { level: 'warn' },
    http: given.http,
    syslog: { ...given.syslog, host: '127.0.0.1' },
    retention: { eventDays: RETENTION_DAYS },
  });
}

function explain(address: string, io: Io): void {
  const people = [
    ...ACCOUNTS,
    { account: ADMINISTRATORS.system.account, what: '系统管理员 system administrator' },
    { account: ADMINISTRATORS.security.account, what: '安全管理员 security administrator' },
    { account: ADMINISTRATORS.audit.account, what: '审计管理员 audit administrator' },
  ];
  io.out(`\nTong'an 统安 demo is ready: ${address}\n`);
  io.out(`Accounts (password of all: ${DEMO_PASSWORD})`);
  for (const { account, what } of people) io.out(`  ${account.padEnd(12)} ${what}`);
  io.out('\nTry: an intrusion unfolds within the next minute. 试一试：一分钟内将出现一次入侵。');
  io.out('  1 analyst      告警 → 打开一条告警 → 立为事件            open an alert, make it an incident');
  io.out('  2 dispatcher   事件 → 下发工单 → 送审                    draft the order to the unit, send it to review');
  io.out('  3 director     工单 → 审核 → 签发                        review and issue it');
  io.out('  4 officer      我的任务 → 签收 → 整改 → 上传证据并提交   receive, rectify, submit with evidence');
  io.out('  5 dispatcher   工单 → 复核通过 → 办结                    verify and close');
  io.out('  6 supervisor   日志 → 每一步都可核验                      every step is in the journal');
  io.out('\nCtrl-C stops it; started again, it continues. "npm run demo -- --fresh" begins anew.');
}

/** Seeds, serves and sends until the process is asked to end. */
async function play(app: App, io: Io): Promise<void> {
  const { config, clock, log } = app.platform;
  const tokens = await seedRegion(app.system);
  await seedScan(app.system);
  const address = await app.start();
  const { udp: udpPort, tcp: tcpPort } = needSyslogPorts(app.system);
  const senders = openSenders(SOURCES, tokens, { address, syslogHost: config.syslog.host, udpPort, tcpPort });
  const story = tellStory(senders, clock, log);
  explain(address, io);
  io.err(`${await askedToStop()}: finishing what is under way`);
  story.stop();
  senders.close();
}

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Runs the platform with a synthetic region and telemetry that keeps arriving (npm run demo)',
  usage: '[--fresh]',
  async run(args, io) {
    const config = demoConfig();
    const log = openLog(config.log.level);
    if (args.includes('--fresh')) await removeStores(config.dataDir);
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(join(config.dataDir, MARK), '');
    await buildConsole((sentence) => io.err(sentence));
    const app = await openApp({ config, log, progress: (sentence) => io.err(sentence) });
    try {
      await play(app, io);
    } finally {
      await app.stop();
    }
    return 0;
  },
};

/** Removes the demo's own stores, never a folder that is not one of a demo or that is in use. */
async function removeStores(folder: string): Promise<void> {
  refuseIfServed(folder);
  if (existsSync(join(folder, MARK))) await rm(folder, { recursive: true });
}
