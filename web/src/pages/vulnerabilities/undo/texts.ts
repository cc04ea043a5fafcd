/** Texts about what became of an imported report, and about taking it back. */
export const texts = {
  zh: {
    button: '撤销导入',
    next: '这份报告新增、更新、关闭和重新打开的漏洞恢复到导入之前；导入之后有人处理过、已写入工单或别的报告又看到的保持不变，并逐条列出原因。报告看到的主机、服务和证书仍留在资产观测中。',
    running: '正在撤销：{{done}} 项已恢复',
    over: '已撤销，{{done}} 项恢复到导入之前',
    overSome: '已撤销 {{done}} 项；{{kept}} 项保持不变，原因见下',
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
      later: '导入之后别的报告又看到，可先撤销那一份',
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
    next: 'What the report added, changed, closed and opened again is as it was before. What somebody decided about since, what an order speaks of and what another report saw since stays, and is listed with the reason. Hosts, services and certificates that it saw stay observed.',
    running: 'Taking back: {{done}} restored',
    over: 'Taken back: {{done}} are as they were before',
    overSome: '{{done}} taken back; {{kept}} stay as they are, for the reasons below',
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
      later: 'another report saw it since: take that one back first',
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
