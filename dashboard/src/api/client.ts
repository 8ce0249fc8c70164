import { type ApiError, createApiClient, type RequestOf, type Route } from '@ecobalyse/api-client';
import { language } from '../preferences.js';
import { isOrchestrator, keyHeader } from './server.js';
import { forgetKey, session } from './session.js';

const WRONG_KEY = 'key_unknown';

/** Asks with the session's key. A key that is refused ends the session. */
export const { ask, hear, send, events } = createApiClient({
  apiUrl: '',
  orchestratorUrl: isOrchestrator ? '' : undefined,
  keyName: keyHeader,
  key() {
    const current = session.get();
    return current.state === 'in' ? current.key : '';
  },
  language: language.get,
  onFailure: ({ code }: ApiError) => {
    if (code === WRONG_KEY) forgetKey(true);
  },
});

/** Makes a session of the key, whose cookie opens the queue board: a page that is no part of this application. */
export async function openQueueBoard(): Promise<void> {
  const current = session.get();
  if (current.state !== 'in') return;
  await ask('POST /session', { body: { key: current.key }, cookie: true });
  location.assign('/queues');
}

/** Forgets the key, and ends the session of the queue board in every process. */
export async function logOut(): Promise<void> {
  if (isOrchestrator) await ask('DELETE /session', { cookie: true });
  forgetKey();
}

/** Lets the reader keep a file that needs the key. */
export async function download<R extends Route>(route: R, request: RequestOf<R>, name: string): Promise<void> {
  const response = await send(route, request);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  // What is more than one file comes as an archive.
  const ending = /\.(\w+)"?$/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  link.download = ending ? name.replace(/\.\w+$/, `.${ending}`) : name;
  link.click();
  URL.revokeObjectURL(link.href);
}
