import { afterEach, describe, expect, it } from 'vitest';
import { type ThreadPool, threadPool } from './thread-pool.js';

type Task = { does: 'echo' | 'hold' | 'throw' | 'exit'; value?: unknown };
type Result = { value: unknown; threadId: number };

/** Answers an echo at once, holds back what it shall hold until it is asked for an echo, and dies in two ways. */
const SCRIPT = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from 'node:worker_threads';
    const held = [];
    parentPort.on('message', ({ id, content: { does, value } }) => {
      if (does === 'throw') throw new Error('out of order');
      if (does === 'exit') process.exit(3);
      held.unshift({ id, content: { value, threadId } });
      if (does === 'echo') for (const answer of held.splice(0)) parentPort.postMessage(answer);
    });
  `)}`,
);

const open: ThreadPool<Task, Result>[] = [];
function pool(size: number): ThreadPool<Task, Result> {
  const created = threadPool<Task, Result>(SCRIPT, size);
  open.push(created);
  return created;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((created) => created.close()));
});

const echo = (value: unknown): Task => ({ does: 'echo', value });
const hold = (value?: unknown): Task => ({ does: 'hold', value });

describe('a pool of threads', () => {
  it('gives each caller the result of its own task, in whatever order they come', async () => {
    const { run } = pool(1);
    const results = await Promise.all([run(hold('a')), run(hold('b')), run(echo('c'))]);
    expect(results.map(({ value }) => value)).toEqual(['a', 'b', 'c']);
  });

  it('starts a thread when the others are busy, and no more than it may', async () => {
    const { run } = pool(2);
    const first = [run(hold()), run(hold()), run(hold()), run(hold())];
    const later = await Promise.all([run(echo(1)), run(echo(2))]);
    const used = (await Promise.all(first)).map(({ threadId }) => threadId);
    expect(new Set(used).size).toBe(2);
    expect(new Set([...used, ...later.map(({ threadId }) => threadId)]).size).toBe(2);
  });

  it('keeps to one thread while that is free', async () => {
    const { run } = pool(4);
    const { threadId } = await run(echo(1));
    expect((await run(echo(2))).threadId).toBe(threadId);
  });

  it.each([
    ['throw', /out of order/],
    ['exit', /ended with code 3/],
  ] as const)(
    'fails the tasks of a thread that dies by %s, not those of others, and goes on',
    async (does, message) => {
      const { run } = pool(2);
      const lost = run(hold('lost'));
      const kept = run(hold('kept'));
      // Both threads hold one task; the next goes to the first.
      const fatal = run({ does });
      await expect(fatal).rejects.toThrow(message);
      await expect(lost).rejects.toThrow(message);

      const [survivor, successor] = [run(hold()), run(echo('on'))];
      const results = await Promise.all([run(echo('again')), kept, survivor, successor]);
      expect(results.map(({ value }) => value)).toEqual(['again', 'kept', undefined, 'on']);
    },
  );

  it('refuses what cannot be sent, and is none the busier for it', async () => {
    const { run } = pool(1);
    await expect(run(echo(() => undefined))).rejects.toThrow(/could not be cloned/);
    expect((await run(echo('fine'))).value).toBe('fine');
  });

  it('fails what is under way when it is closed', async () => {
    const created = pool(2);
    const tasks = [created.run(hold()), created.run(hold())];
    const outcomes = Promise.allSettled(tasks);
    await created.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});
