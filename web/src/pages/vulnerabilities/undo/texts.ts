/** Texts about what became of an imported report, and about taking it back. */
export const texts = {
  zh: {
    button: '撤销导入',
    next: {
      issues: '漏洞：这份报告新增的不再列出，更新、关闭和重新打开的恢复到导入之前。',
      seen: '资产：只有这份报告看到的主机、服务和证书，观测标为“已撤销”，因此自动入账的资产注销。',
      stays: '保持不变：别的报告也这么说的、导入之后有人处理过的、已写入工单的。漏洞逐条列出原因。',
    },
    running: '正在撤销：{{done}} 项已恢复',
    over: '漏洞：{{done}} 项恢复到导入之前。',
    overSome: '漏洞：{{done}} 项恢复到导入之前，{{kept}} 项保持不变，原因见下。',
    seen: '资产：{{observations}} 条观测已撤销，{{assets}} 项资产随之注销。',
    seenSome:
      '资产：{{observations}} 条观测已撤销，{{assets}} 项资产随之注销；{{kept}} 项有人处理过或名下仍有漏洞，保留。',
    stayed: '保持不变的漏洞',
    state: {
      preview: '待确认',
      applying: '写入中',
      applied: '已写入',
      discarded: '已放弃',
      undoing: '撤销中',
      undone: '已撤销',
    },
    because: {
      decided: '导入之后有人处理过',
      ordered: '已写入工单',
      later: '另一份报告也这么说，现以那一份为准',
      merged: '资产已并入另一资产',
    },
    reasons: {
      'vulnerability.import.undoing': '该导入正在撤销',
      'vulnerability.import.undone': '该导入已撤销',
      'vulnerability.import.too_old': '该导入写入时平台还没有留存原样，不能撤销',
    },
  },
  en: {
    button: 'Take it back',
    next: {
      issues:
        'Vulnerabilities: what the report added is listed no more; what it changed, closed and opened again is as it was before.',
      seen: 'Assets: hosts, services and certificates that it alone saw are marked as taken back, and assets that were made of them are written off.',
      stays:
        'What stays: what another report says, too, what somebody decided about since, and what an order speaks of. Vulnerabilities are listed with the reason.',
    },
    running: 'Taking back: {{done}} restored',
    over: 'Vulnerabilities: {{done}} are as they were before.',
    overSome: 'Vulnerabilities: {{done}} are as they were before; {{kept}} stay as they are, for the reasons below.',
    seen: 'Assets: {{observations}} observations were taken back, and {{assets}} assets written off with them.',
    seenSome:
      'Assets: {{observations}} observations were taken back, and {{assets}} assets written off with them; {{kept}} stay, because somebody decided about them or their vulnerabilities.',
    stayed: 'What stayed',
    state: {
      preview: 'Preview',
      applying: 'Being written',
      applied: 'Written',
      discarded: 'Discarded',
      undoing: 'Taking back',
      undone: 'Taken back',
    },
    because: {
      decided: 'somebody decided about it since',
      ordered: 'an order speaks of it',
      later: 'another report says the same, and it goes by that one now',
      merged: 'its asset became another one',
    },
    reasons: {
      'vulnerability.import.undoing': 'The import is being taken back',
      'vulnerability.import.undone': 'The import was taken back',
      'vulnerability.import.too_old':
        'It was written before the platform kept what imports change: it cannot be taken back',
    },
  },
};
