import { connect } from 'node:net';

/** What clients saw of a server. */
export interface Load {
  /** Answers in a second. */
  rate: number;
  answers: number;
  /** Time from a request to the last byte of its answer, in milliseconds. */
  p50: number;
  p99: number;
}

const HEAD_END = '\r\n\r\n';
const READ_BYTES = 1 << 20;

/**
 * Asks for one address over and over on so many connections, each with one request at a time, and compares every byte of every
 * answer. The clients share two cores with what they measure: they read into one buffer and look at nothing else, which takes a
 * twentieth of a millisecond for 100 kB.
 *
 * @param body - what each answer has to be.
 * @throws Error for another status, another length or another byte, and for a connection that ends.
 */
export function load(
  url: string,
  options: { connections: number; seconds: number; headers: Readonly<Record<string, string>>; body: Buffer },
): Promise<Load> {
  const { connections, seconds, headers, body } = options;
  const { hostname, port, pathname, search } = new URL(url);
  const lines = [`GET ${pathname}${search} HTTP/1.1`, `host: ${hostname}:${port}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  const request = lines.join('\r\n') + HEAD_END;
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const begun = performance.now();
  const end = begun + 1000 * seconds;
  const times: number[] = [];

  const ask = () =>
    new Promise<void>((resolve, reject) => {
      let [missing, asked] = [0, 0];
      const wrong = (what: string) => {
        reject(new Error(`an answer of ${url} ${what}`));
        socket.destroy();
        return false;
      };
      const read = (length: number) => {
        let at = 0;
        if (missing === 0) {
          const text = buffer.toString('latin1', 0, Math.min(length, 4096));
          const head = text.slice(0, text.indexOf(HEAD_END));
          if (!head.startsWith('HTTP/1.1 200')) return wrong(`is ${head.split('\r\n')[0]}`);
          missing = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
          if (missing !== body.length) return wrong(`has ${missing} bytes instead of ${body.length}`);
          at = head.length + HEAD_END.length;
        }
        const from = body.length - missing;
        missing -= length - at;
        if (missing < 0 || buffer.compare(body, from, body.length - missing, at, length) !== 0) return wrong('differs');
        if (missing > 0) return true;
        const now = performance.now();
        times.push(now - asked);
        if (now < end) send();
        else socket.end(resolve);
        return true;
      };
      const onread = { buffer, callback: read };
      const socket = connect({ port: Number(port), host: hostname, noDelay: true, onread });
      const send = () => {
        asked = performance.now();
        socket.write(request);
      };
      socket.once('connect', send).once('error', reject);
      socket.once('close', () => reject(new Error(`${url} closed a connection`)));
    });

  return Promise.all(Array.from({ length: connections }, ask)).then(() => {
    times.sort((one, other) => one - other);
    const rank = (share: number) => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
    const rate = times.length / ((performance.now() - begun) / 1000);
    return { rate, answers: times.length, p50: rank(0.5), p99: rank(0.99) };
  });
}
