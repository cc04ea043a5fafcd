import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fromBufferPromise } from 'yauzl';
import { type PrintedOrder, printOrder } from './document.ts';

const order: PrintedOrder = {
  kind: 'rectification',
  authority: '广西壮族自治区数字政府一体安全运营中心',
  authorityBasis: '《中华人民共和国网络安全法》',
  number: '桂网安整〔2026〕12号',
  title: '关于门户网站存在后门的整改通知',
  unitName: '南宁市大数据发展局',
  body: '第一段情况。\n第二段情况。',
  advice: '1. 隔离主机。',
  evidence: [{ at: '2026-03-02T01:00:00Z', title: '网站后门', text: '资产：门户网站 <script>' }],
  deadlineAt: new Date('2026-03-16T09:30:00Z'),
  deadlineProvisional: true,
  enclosures: ['监测截图.png', '日志.txt'],
  issuedAt: new Date('2026-03-01T16:30:00Z'),
};

/** The text of the main part of a .docx, its tags replaced by a bar. */
async function textOf(bytes: Uint8Array): Promise<string> {
  const zip = await fromBufferPromise(Buffer.from(bytes), { lazyEntries: true });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  zip.on('entry', (entry) => {
    if (entry.fileName !== 'word/document.xml') zip.readEntry();
    else zip.openReadStreamPromise(entry).then(text).then(resolve, reject);
  });
  zip.on('end', () => reject(new Error('the document has no main part')));
  zip.readEntry();
  return (await promise).replaceAll(/<[^>]+>/g, '|').replaceAll(/\|+/g, '|');
}

test('the printed order is a Word document with the parts of an official document in their order', async () => {
  const printed = await textOf(await printOrder(order));
  let from = 0;
  for (const part of [
    order.authority,
    order.number ?? '',
    order.title,
    '南宁市大数据发展局：',
    '一、基本情况',
    '第一段情况。',
    '第二段情况。',
    '线索（已脱敏）',
    '&lt;script&gt;',
    '二、处置建议',
    '三、时限要求',
    '请于2026年3月16日17:30前',
    '尚未公布',
    '附件：1. 监测截图.png',
    '2. 日志.txt',
    order.authority,
    '2026年3月2日',
  ]) {
    const at = printed.indexOf(part, from);
    assert.ok(at >= 0, `${part} comes in its place`);
    from = at + 1;
  }
});

test('a draft can be printed too and says that it has no number and no date', async () => {
  const printed = await textOf(
    await printOrder({
      ...order,
      number: null,
      issuedAt: null,
      deadlineAt: null,
      evidence: [],
      advice: '',
      enclosures: [],
    }),
  );
  for (const part of ['（未编号）', '（签发后填写日期）', '二、时限要求', '自签发之日起计算']) {
    assert.ok(printed.includes(part), part);
  }
});

test('characters that XML cannot hold do not make the document unreadable', async () => {
  const printed = await textOf(
    await printOrder({
      ...order,
      title: '关于\u0008异常\ud800字符的通知',
      body: '甲\u0000乙\u001b丙 & <丁>',
      enclosures: ['a\u0007.txt'],
    }),
  );
  assert.ok(!/\p{Cc}/u.test(printed.replaceAll(/[\n\t\r]/g, '')), 'no control character is left');
  assert.equal(printed, printed.toWellFormed());
  assert.ok(printed.includes('甲 乙 丙 &amp; &lt;丁&gt;'));
});
