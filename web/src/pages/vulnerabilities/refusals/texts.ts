/** Why the platform refuses a step with a vulnerability, by the reason the server gives. */
export const texts = {
  zh: {
    reasons: {
      'vulnerability.no_asset': '该主机不在台账中：请先登记资产并写明主管单位',
      'vulnerability.no_supervisor': '台账没有写明该资产的主管单位：请先补充',
      'vulnerability.supervisor_in_doubt': '该资产的主管单位有异议、已过期或尚未生效：请先在台账中核实',
      'vulnerability.supervisor_own': '台账把本单位写成了该资产的主管单位，不能自己决定：请改为上级主管单位',
      'vulnerability.supervisor_changed': '该资产的主管单位已变更：请由单位重新申请',
      'vulnerability.expiry': '有效期须在今天之后，且不超过政策允许的最长期限',
      'vulnerability.acceptance.over': '该申请已有决定，请刷新查看',
      'vulnerability.not_supervisor': '只有该资产的主管单位可以决定',
      'vulnerability.acceptance.own': '申请人不能决定自己的申请',
      'vulnerability.other_side': '这一步由对方办理',
      'vulnerability.reason': '请写明理由',
      'vulnerability.feed.unknown':
        '既不是已知被利用漏洞目录（JSON），也不是 EPSS 评分表（CSV）；.gz 可以直接导入，其他压缩文件请先解压',
      'vulnerability.feed.packed': '.gz 文件已损坏，或解压后超过 100 MB',
      'vulnerability.advisory.closed': '该预警比对已结束',
      'vulnerability.file.broken': '文件中有读不出的记录，而您选择了要么全部导入、要么不导入',
    },
  },
  en: {
    reasons: {
      'vulnerability.no_asset': 'The host is not in the ledger: enter it there with its supervising unit first',
      'vulnerability.no_supervisor': 'The ledger names no supervising unit of the asset: name it there first',
      'vulnerability.supervisor_in_doubt':
        'The supervising unit of the asset is disputed, or its time is over or has not begun: settle it in the ledger first',
      'vulnerability.supervisor_own':
        'The ledger names the unit itself as supervising unit of the asset: name the one above it',
      'vulnerability.supervisor_changed': 'Another unit supervises the asset now: it has to be asked anew',
      'vulnerability.expiry': 'Choose a day after today, and no later than the policy allows',
      'vulnerability.acceptance.over': 'The request was decided meanwhile: reload to see',
      'vulnerability.not_supervisor': 'Only the supervising unit of the asset decides',
      'vulnerability.acceptance.own': 'Somebody else than who asked has to decide',
      'vulnerability.other_side': 'This step belongs to the other side',
      'vulnerability.reason': 'Give the reason in a few words',
      'vulnerability.feed.unknown':
        'Neither a catalogue of known exploited vulnerabilities (JSON) nor a list of EPSS scores (CSV); a .gz is taken as it is, unpack other archives first',
      'vulnerability.feed.packed': 'The .gz file is damaged, or unpacks to more than 100 MB',
      'vulnerability.advisory.closed': 'The advisory is closed already',
      'vulnerability.file.broken':
        'Some records of the file cannot be read, and it was to be imported whole or not at all',
    },
  },
};
