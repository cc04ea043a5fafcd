/** Texts about what the ledger lacks. */
export const texts = {
  zh: {
    title: '台账缺口',
    hint: '台账里缺什么、过期了什么、多出了什么；每一项都能看清单、发起确认或拟办工单。',
    hintOwn: '本单位台账里缺什么、过期了什么、多出了什么；点数字打开清单，逐项补正。',
    campaign: '发起确认',
    order: '拟办工单',
    groups: { duty: '责任', coverage: '覆盖', deadline: '时限', exposure: '暴露与弱协议', marks: '异常标记' },
  },
  en: {
    title: 'Gaps of the ledger',
    hint: 'What is missing, what is past its day, what should not be there. Each can be listed, asked about or made an order.',
    hintOwn:
      'What the ledger of your unit lacks, what is past its day, what should not be there. The number leads to the list.',
    campaign: 'Ask units',
    order: 'Draft an order',
    groups: {
      duty: 'Responsibility',
      coverage: 'Coverage',
      deadline: 'Deadlines',
      exposure: 'Exposure',
      marks: 'Marks',
    },
  },
};
