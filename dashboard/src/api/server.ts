const meta = (name: string) => document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content;

/** Name of the header that carries the key. Like all that is here, the server that sent the page wrote it into it. */
export const keyHeader = meta('api-key-header') ?? 'access_token';

/** The orchestrator sent it: it has the page of the pipelines only, and its REST under no prefix. */
export const isOrchestrator = meta('served-by') === 'orchestrator';

/** Where the other pages are then: at an address, or at a port of the same host. */
export const otherPages = `${(meta('api-address') ?? '').replace(/^:/, `${location.protocol}//${location.hostname}:`)}/dashboard`;
