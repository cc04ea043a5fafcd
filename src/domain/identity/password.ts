import { argon2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Fault } from '#platform/errors.ts';

const argon2Async = promisify(argon2);

/** Argon2id (RFC 9106) with the parameters OWASP names as its minimum: 19 MiB, 2 passes, 1 lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const PASSWORD_LENGTH_MIN = 12;
const PASSWORD_LENGTH_MAX = 128;
const REPEATS_MAX = 3;
export const PASSWORDS_REMEMBERED = 5;

interface Parameters {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** The same password typed on another keyboard or phone must give the same bytes (NFKC, as RFC 8265 asks). */
const prepare = (password: string): string => password.normalize('NFKC');

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

async function derive(password: string, salt: Uint8Array, parameters: Parameters): Promise<Uint8Array> {
  return argon2Async('argon2id', { message: prepare(password), nonce: salt, tagLength: TAG_BYTES, ...parameters });
}

/** Hashes a password as a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(password, salt, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Whether the password is the one the hash was made of. A hash of another form matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [, memory, passes, lanes, salt, tag] = PHC.exec(hash) ?? [];
  if (!salt || !tag) return false;
  const derived = await derive(password, Buffer.from(salt, 'base64'), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(lanes),
  });
  const expected = Buffer.from(tag, 'base64');
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

/**
 * A hash nobody has the password of, with today's parameters. Checked when an account does not exist, so that the
 * answer takes as long as for one that does.
 */
export const NOBODYS_HASH = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(randomBytes(SALT_BYTES))}$${base64(randomBytes(TAG_BYTES))}`;

/** Words that guessing starts with. Digits and signs around or instead of letters do not make them better. */
const GUESSED_FIRST = new Set([
  'password',
  'passwort',
  'admin',
  'administrator',
  'adminadmin',
  'root',
  'rootroot',
  'superuser',
  'manager',
  'master',
  'system',
  'security',
  'welcome',
  'letmein',
  'changeme',
  'default',
  'secret',
  'test',
  'testtest',
  'user',
  'guest',
  'login',
  'qwerty',
  'qwertyuiop',
  'qwertyuiopasdfghjkl',
  'asdfghjkl',
  'zxcvbnm',
  'qazwsxedc',
  'qazwsx',
  'abc',
  'abcabc',
  'abcd',
  'abcdef',
  'abcdefgh',
  'iloveyou',
  'woaini',
  'woaizhongguo',
  'zhongguo',
  'china',
  'beijing',
  'guangxi',
  'nanning',
  'liuzhou',
  'guilin',
  'tongan',
  'huawei',
  'dragon',
  'sunshine',
  'monkey',
  'football',
  'p',
  'a',
  'q',
]);

const LOOK_ALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'l',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

function isGuessedFirst(password: string): boolean {
  const lower = password.toLowerCase();
  if (!/\p{L}/u.test(lower)) return true;
  const bare = lower.replace(/[^\p{L}]/gu, '');
  const read = [...lower.replace(/[\d\W_]+$/u, '')].map((character) => LOOK_ALIKES[character] ?? character).join('');
  return GUESSED_FIRST.has(bare) || GUESSED_FIRST.has(read);
}

function hasRun(password: string): boolean {
  let run = 1;
  const characters = [...password];
  for (let index = 1; index < characters.length; index += 1) {
    run = characters[index] === characters[index - 1] ? run + 1 : 1;
    if (run > REPEATS_MAX) return true;
  }
  return false;
}

/**
 * Everything that is wrong with a new password, one sentence each. Length counts, mixed kinds of characters are not
 * asked for (NIST SP 800-63B, 3.1.1).
 */
export function passwordFaults(password: string, login: string): Fault[] {
  const faults: Fault[] = [];
  const add = (reason: string, message: string) => faults.push({ at: '/password', message, reason });
  const text = prepare(password);
  const length = [...text].length;
  if (length < PASSWORD_LENGTH_MIN) {
    add('password.short', `Use at least ${PASSWORD_LENGTH_MIN} characters, for example four words with spaces`);
  }
  if (length > PASSWORD_LENGTH_MAX) add('password.long', `Use at most ${PASSWORD_LENGTH_MAX} characters`);
  if (login.length > 0 && text.toLowerCase().includes(login.toLowerCase())) {
    add('password.login', 'Leave the account name out of the password');
  }
  if (hasRun(text)) add('password.repeats', `Do not repeat a character more than ${REPEATS_MAX} times in a row`);
  if (isGuessedFirst(text))
    add('password.guessed', 'This is among the first passwords that are tried: add other words');
  return faults;
}

const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A password for the first sign-in, in groups that can be read out: about 79 bits. It must be changed at once. */
export function temporaryPassword(): string {
  const group = () => Array.from({ length: 4 }, () => READABLE.charAt(randomInt(READABLE.length))).join('');
  const password = [group(), group(), group(), group()].join('-');
  return passwordFaults(password, '').length === 0 ? password : temporaryPassword();
}
