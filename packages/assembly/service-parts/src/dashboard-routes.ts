import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

const PREFIX = '/dashboard';

/** What a browser asks for beside the page. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file as it is and as the build compressed it, best first. */
interface ServedFile {
  readonly contentType: string;
  readonly versions: readonly { readonly encoding: 'br' | 'gzip' | null; readonly content: Buffer }[];
}

const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
  [null, ''],
] as const;

/** The bundle, about 2 MB, kept in memory: a build that replaces the files does not break the pages that are open. */
async function readFiles(folder: string): Promise<ReadonlyMap<string, ServedFile>> {
  const files = new Map<string, ServedFile>();
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const contentType = CONTENT_TYPES[extname(name)];
    if (contentType === undefined) continue;
    const versions = [];
    for (const [encoding, suffix] of ENCODINGS) {
      const file = `${folder}${name}${suffix}`;
      if (existsSync(file)) versions.push({ encoding, content: await readFile(file) });
    }
    files.set(name, { contentType, versions });
  }
  return files;
}

const accepts = (header: string | undefined, encoding: string) =>
  (header ?? '')
    .split(',')
    .some((entry) => entry.trim().split(';')[0] === encoding && !/;\s*q=0(\.0*)?$/.test(entry.trim()));

/** No inline script. Charts place their tooltips by style attributes, which do no harm without markup from others. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const escapeAttribute = (text: string) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/** What the page learns about the service that sends it, as `<meta>`s of these names. */
export interface DashboardMeta {
  /** Header that the key travels in. */
  'api-key-header': string;
  /** The orchestrator has the page of the pipelines only, and its REST under no prefix. */
  'served-by': 'api' | 'orchestrator';
  /** Where people find the API, when this is not: an address, or the port of the same host, as `:8000`. */
  'api-address': string;
}

/** The page that every address of the dashboard begins with. */
async function readIndex(folder: string, meta: DashboardMeta): Promise<string> {
  let html = await readFile(`${folder}index.html`, 'utf8');
  for (const [name, content] of Object.entries(meta))
    html = html.replace(
      new RegExp(`(<meta name="${name}" content=")[^"]*`),
      (_, begin) => begin + escapeAttribute(content),
    );
  return html;
}

/**
 * `GET /dashboard…`: the web application as static files, without a key (the application asks for it). Files whose names
 * carry a hash may be kept for ever and are sent as they were compressed at build time; every other address answers the
 * page, so that a link to a product can be shared.
 *
 * @param distUrl - folder of the built bundle.
 */
export function dashboardRoutes(distUrl: URL, meta: DashboardMeta): FastifyPluginAsync {
  return async (app) => {
    const folder = fileURLToPath(distUrl);
    const hide = { schema: { hide: true } };
    if (!existsSync(`${folder}index.html`)) {
      const explain = async (_request: FastifyRequest, reply: FastifyReply) =>
        reply
          .code(503)
          .type('text/plain; charset=utf-8')
          .send('The dashboard has not been built: run "npm run build --prefix dashboard". See also /docs.');
      app.get(PREFIX, hide, explain);
      app.get(`${PREFIX}/*`, hide, explain);
      return;
    }
    const index = await readIndex(folder, meta);
    const files = await readFiles(folder);

    const page = (reply: FastifyReply) =>
      reply
        .header('content-security-policy', CONTENT_SECURITY_POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'same-origin')
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(index);

    app.get(PREFIX, hide, async (_request, reply) => page(reply));
    app.get<{ Params: { '*': string } }>(`${PREFIX}/*`, hide, async (request, reply) => {
      const path = request.params['*'];
      const isHashed = path.startsWith('assets/');
      const file = files.get(path);
      if (!file) return isHashed ? reply.callNotFound() : page(reply);
      const version = file.versions.find(
        ({ encoding }) => encoding === null || accepts(request.headers['accept-encoding'], encoding),
      );
      if (version?.encoding) reply.header('content-encoding', version.encoding);
      return reply
        .header('vary', 'accept-encoding')
        .header('x-content-type-options', 'nosniff')
        .header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'public, max-age=3600')
        .type(file.contentType)
        .send(version?.content);
    });
  };
}
