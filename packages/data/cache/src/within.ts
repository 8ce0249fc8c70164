/**
 * The result of an operation, or an error after `ms`. An answer that arrived while this process was busy counts:
 * time is up only after the sockets have been read.
 */
export function within<T>(ms: number, operation: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new Error(`no answer within ${ms} ms`))), ms);
    operation.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
