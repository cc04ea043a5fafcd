import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { texts as identity } from '../../web/src/pages/identity/texts.ts';
import { texts as orders } from '../../web/src/pages/orders/texts.ts';
import { texts as shell } from '../../web/src/shell/texts.ts';
import { enter, noBrowser, sidewaysOf, trySignIn } from './browser.ts';
import { journey } from './journey.ts';

describe('signing in', { skip: noBrowser }, () => {
  const { stranger } = journey();

  test('a wrong password and an unknown account get the same answer, and nobody is signed in', async () => {
    const page = await stranger();
    const answers: string[] = [];
    for (const account of ['director', 'nobody-of-this-name']) {
      await page.goto('/sign-in');
      await trySignIn(page, account, 'not-the-password');
      const alert = page.getByRole('alert').first();
      await alert.waitFor();
      answers.push(((await alert.textContent()) ?? '').replace(/（.*|\(.*/, ''));
    }
    assert.equal(answers[0], answers[1]);
    assert.equal((await page.request.get('/api/session')).status(), 401);
  });

  test('after many wrong passwords the account is locked, also for the right one', async () => {
    const page = await stranger();
    await page.goto('/sign-in');
    const locked = page.getByText(identity.zh.signIn.locked.split('{{')[0] ?? '');
    for (let attempt = 0; attempt < 10 && (await locked.count()) === 0; attempt += 1) {
      const answered = page.waitForResponse('**/api/session');
      await trySignIn(page, 'authority', `wrong-${attempt}`);
      await answered;
    }
    await trySignIn(page, 'authority');
    await locked.first().waitFor();
  });

  test('a wanted address is kept through signing in, and signing out ends the session', async () => {
    const page = await stranger();
    await enter(page, 'director', '/units');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('button', { name: shell.zh.account }).click();
    await page.getByRole('menuitem', { name: shell.zh.signOut }).click();
    await page.getByLabel(identity.zh.signIn.account, { exact: true }).waitFor();
    assert.equal((await page.request.get('/api/units')).status(), 401);
  });

  test('a unit lands on its tasks, has its own menu only, and sees its own unit only', async () => {
    const page = await stranger('phone');
    await page.goto('/');
    assert.equal(await sidewaysOf(page), 0, 'signing in fits a phone');
    await trySignIn(page, 'officer');
    await page.waitForURL('**/tasks');
    await page.getByText(orders.zh.tasks.empty).waitFor();
    const menu = page.getByRole('navigation').getByRole('link');
    assert.deepEqual(await menu.allTextContents(), [
      orders.zh.tasks.title,
      shell.zh.mine.assets,
      shell.zh.mine.vulnerabilities,
      '我的单位',
    ]);
    const units = await (await page.request.get('/api/units')).json();
    assert.deepEqual(
      units.items.map(({ name }: { name: string }) => name),
      ['南宁市人社业务单位（演示）'],
    );
  });
});
