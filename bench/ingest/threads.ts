import { readdirSync, readFileSync } from 'node:fs';

/** Threads of this process, and since when they have had how much of a processor. */
const TASKS = '/proc/self/task';
/** Clock ticks a second in `stat` (sysconf(_SC_CLK_TCK)): 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Places of user and system time behind the name in `stat` (proc(5), fields 14 and 15). */
const [USER, SYSTEM] = [11, 12];

interface Thread {
  readonly name: string;
  readonly seconds: number;
}

function threads(): Map<string, Thread> {
  const found = new Map<string, Thread>();
  for (const id of readdirSync(TASKS)) {
    try {
      const stat = readFileSync(`${TASKS}/${id}/stat`, 'latin1');
      // A name may hold spaces and brackets.
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      found.set(id, { name, seconds: (Number(fields[USER]) + Number(fields[SYSTEM])) / TICKS_PER_SECOND });
    } catch {
      // The thread has ended meanwhile.
    }
  }
  return found;
}

/** Starts to watch; calling it gives the processor time since, by name of thread, the most first. */
export function threadWatch(): () => readonly Thread[] {
  const before = threads();
  return () => {
    const byName = new Map<string, number>();
    for (const [id, { name, seconds }] of threads()) {
      const group = name.replace(/\d+$/, '');
      byName.set(group, (byName.get(group) ?? 0) + seconds - (before.get(id)?.seconds ?? 0));
    }
    return Array.from(byName, ([name, seconds]) => ({ name, seconds })).sort((a, b) => b.seconds - a.seconds);
  };
}
