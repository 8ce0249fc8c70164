import { getSystemErrorMap } from 'node:util';

/** What the system says of an error, without the name of the call that met it. */
export const systemMessage = ({ errno, message }: NodeJS.ErrnoException): string =>
  getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
