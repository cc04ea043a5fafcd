/** Texts about orders for overdue vulnerabilities. */
export const texts = {
  zh: {
    button: '拟整改通知（{{count}} 项超期）',
    selected: '拟整改通知',
    title: '拟整改通知',
    confirm: '拟稿',
    consequence:
      '为 {{count}} 项已超期、尚未下发通知的漏洞拟整改通知，每个单位一份草稿，每份至多 40 项。草稿经送审、审核、签发后才会送达单位。',
    none: '所选漏洞中没有已超期且尚未下发通知的，没有拟稿',
    one: '已为{{unit}}拟整改通知，共 {{count}} 项，请核对后送审',
    several: '已拟 {{count}} 份整改通知',
    next: '逐份核对后送审。',
    issues: '{{count}} 项漏洞',
    close: '知道了',
  },
  en: {
    button: 'Draft an order ({{count}} overdue)',
    selected: 'Draft an order',
    title: 'Draft a rectification order',
    confirm: 'Draft it',
    consequence:
      'Drafts orders for {{count}} vulnerabilities that are overdue and in no order yet: one draft for each unit, at most 40 in each. Units hear of it only after review and issue.',
    none: 'None of these is overdue and in no order yet: nothing was drafted',
    one: 'An order to {{unit}} was drafted, with {{count}} vulnerabilities: check it and send it to review',
    several: '{{count}} orders were drafted',
    next: 'Check each and send it to review.',
    issues: '{{count}} vulnerabilities',
    close: 'Close',
  },
};
