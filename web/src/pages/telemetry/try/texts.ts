/** Texts of trying lines of a source. */
export const texts = {
  zh: {
    button: '试解析',
    title: '试解析',
    hint: '粘贴几行日志，看平台如何理解；不会保存。',
    lines: '每行一条，最多 50 行',
    run: '解析',
    empty: '结果显示在这里',
    unknown: '未识别',
    unknownHint: '未识别的行：选定日志类型再试，可看出缺了什么；平台还没有的类型，需要先添加。',
    unknownChosen: '未识别的行不是所选类型的写法，其他类型也不认得：核对设备的输出格式；平台还没有的类型，需要先添加。',
    garbled:
      '粘贴的文字有乱码，可能是 GB18030 日志被当作其他编码打开。平台接收时会自动识别编码；试解析请用正确的编码打开文件，再复制粘贴。',
    leftOut_one: '一次只试前 50 行，另有 {{count}} 行未试',
    leftOut_other: '一次只试前 50 行，另有 {{count}} 行未试',
    refused_one: '{{count}} 条未试：超过 64 KiB，或 JSON 不完整',
    refused_other: '{{count}} 条未试：超过 64 KiB，或 JSON 不完整',
  },
  en: {
    button: 'Try lines',
    title: 'Try lines',
    hint: 'Paste some lines and see what the platform makes of them; nothing is kept.',
    lines: 'One per line, at most 50',
    run: 'Read them',
    empty: 'The result appears here',
    unknown: 'Not known',
    unknownHint:
      'Of lines that are not known: choose a kind and try again to see what they lack; a kind that the platform does not have is to be added first.',
    unknownChosen:
      'Lines that are not known are not of the chosen kind, nor of any other: check the format the device writes; a kind that the platform does not have is to be added first.',
    garbled:
      'The pasted text is garbled: perhaps a log in GB18030 was opened in another encoding. What senders deliver is read in its own encoding; to try lines, open the file in its encoding and copy them from there.',
    leftOut_one: 'The first 50 lines are tried: {{count}} more was left out',
    leftOut_other: 'The first 50 lines are tried: {{count}} more were left out',
    refused_one: '{{count}} record was not tried: longer than 64 KiB, or JSON that ends in the middle',
    refused_other: '{{count}} records were not tried: longer than 64 KiB, or JSON that ends in the middle',
  },
};
