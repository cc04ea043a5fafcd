import type { Title } from '#engine/workflow/workflow.ts';
import type { GapId } from './gaps.ts';

const request = (zh: string, en: string): Title => ({ zh, en });

/** What a unit is to do about its assets with a gap: the text of a request or an order before a person changes it. */
export const REQUESTS: Readonly<Record<GapId, Title>> = {
  unclaimed: request(
    '请逐项核实是否属于本单位：属于的予以确认，并补全责任单位和责任人；不属于的退回，写明理由和应属单位。',
    'Find out of each asset whether it is yours. If it is, confirm it and name its units and person; if not, reject it, say why, and whose it is.',
  ),
  no_holder: request(
    '请为每项资产填写主管、运行、使用三个责任单位；责任已过期的更新期限，有异议的写明应由谁负责。',
    'Name for each asset the units that supervise, run and use it; renew what has expired, and where you disagree say who is responsible.',
  ),
  no_person: request(
    '请为每项资产填写责任人；原责任人已离任的，填写接任人员。',
    'Name a responsible person for each asset; where the former one has left, name the successor.',
  ),
  silent: request(
    '请核实这些设备是否仍在使用：在用的，检查日志转发，尚未接入的联系中心接入；不再使用的办理停用。',
    'Find out whether these machines are in use. If so, see that their logs are sent, and ask the centre to connect those that never were; retire the others.',
  ),
  unscanned: request(
    '请对这些资产做一次漏洞扫描，并在“我的漏洞”中导入报告；不再使用的办理停用。',
    'Scan these assets for vulnerabilities and import the report under "My vulnerabilities"; retire what is no longer used.',
  ),
  unlisted: request(
    '这些资产由代理、云平台或扫描等来源报告，台账没有登记。请逐项核实：属于本单位的予以确认，补全名称、用途和责任人；不属于的退回并写明理由。',
    'Agents, clouds or scans report these assets and nobody has entered them. If one is yours, confirm it and add its name, use and person; if not, reject it and say why.',
  ),
  assessment_overdue: request(
    '请尽快开展等级测评，完成后更新“下次测评日期”；没有填写日期的补填。',
    'Have these systems assessed, then enter the day of the next assessment; enter it where it is missing.',
  ),
  not_filed: request(
    '请补填备案编号；尚未备案的，先向公安机关办理等级保护备案。',
    'Enter the filing number; file the systems that are not filed yet with the public security organ first.',
  ),
  old_form: request(
    '请按 2025 版备案表更新备案（公网安〔2025〕1846号），完成后将“备案表版本”改为 2025。',
    'File these systems again on the 2025 form, then set the version of the filing form to 2025.',
  ),
  ungraded: request(
    '请填写等级保护级别；尚未定级的，先完成定级。',
    'Enter the protection level; have the systems graded first that have none.',
  ),
  certificate: request(
    '请在到期前更换证书，更换后登记新的到期日；不再使用的办理停用。',
    'Replace these certificates before they end and enter the new day; retire those no longer used.',
  ),
  due_soon: request(
    '请在到期前办理续期（维保、授权、域名、线路合同），完成后更新到期日期；不再使用的办理停用。',
    'Renew the warranty, licence, domain or contract in time and enter the new day; retire what is no longer used.',
  ),
  exposed: request(
    '请核实是否确需向互联网开放：不需要的立即关闭；确需开放的予以确认，并落实访问控制。',
    'Find out whether the internet has to reach these. If not, close them at once; if so, confirm them and control who gets in.',
  ),
  risky_port: request(
    '请关闭这些端口对互联网的开放；确需远程使用的，改由 VPN 或堡垒机接入。',
    'Close these ports to the internet; where remote use is needed, go through a VPN or a bastion host.',
  ),
  weak_protocol: request(
    '请停用明文协议和已废止的 SSL、TLS 版本，改用加密协议（TLS 1.2 及以上）。',
    'Turn off protocols in the clear and withdrawn versions of SSL and TLS; use encrypted ones, TLS 1.2 or later.',
  ),
  shadow: request(
    '这些资产出现 7 天以上无人认领。请逐项核实：属于本单位的予以确认并补全登记；不属于的退回并写明理由。',
    'These assets have been there for over 7 days and nobody claims them. If one is yours, confirm it and complete its entry; if not, reject it and say why.',
  ),
  zombie: request(
    '请核实实际使用情况：仍在使用的更正登记；不再使用的关停，并办理停用或注销。',
    'Find out whether these are in use. If so, correct the entry; if not, shut them down and retire or write them off.',
  ),
  outside: request(
    '请核实是否由本单位使用：属于的补登域名或地址，或迁移到本单位名下的域名和地址；不属于的退回并写明理由。',
    'Find out whether you use these. If so, enter the missing domain or address, or move them to your own; if not, reject them and say why.',
  ),
  stale: request(
    '这些资产 90 天没有任何来源提到。请核实是否还在使用：在用的予以确认；不再使用的办理停用或注销。',
    'No source has mentioned these assets for 90 days. Confirm those in use; retire or write off the others.',
  ),
};
