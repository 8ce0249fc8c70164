import type { FastifyPluginAsync } from 'fastify';

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ecobalyse platform</title>
<style>
  :root { color-scheme: light dark; --ink: #17321f; --soft: #5a6f61; --line: #d5e2d9; --paper: #f6faf7; --card: #fff; --good: #1a7f4b; --bad: #b3261e; }
  @media (prefers-color-scheme: dark) { :root { --ink: #e4f0e8; --soft: #a3b8aa; --line: #2c4034; --paper: #101a14; --card: #18251d; --good: #5fce94; --bad: #ff8a80; } }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
  main { max-width: 46rem; margin: 0 auto; padding: 4rem 1.5rem; }
  h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; }
  p { margin: 0 0 1.5rem; color: var(--soft); }
  .cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
  a.card { display: block; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); color: inherit; text-decoration: none; }
  a.card:hover, a.card:focus-visible { border-color: var(--good); }
  .card b { display: block; } .card span { color: var(--soft); font-size: .9rem; }
  ul { list-style: none; margin: 0 0 2rem; padding: 0; display: flex; gap: .75rem; flex-wrap: wrap; min-height: 2rem; }
  li { padding: .15rem .8rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--card); font-size: .9rem; }
  .up { color: var(--good); } .down { color: var(--bad); }
</style>
</head>
<body>
<main>
  <h1>Ecobalyse platform</h1>
  <p>Environmental cost of textile products: score them, keep them, compare them.</p>
  <ul id="checks" aria-live="polite" aria-label="State of the service"><li>Asking the service how it is…</li></ul>
  <div class="cards">
    <a class="card" href="/docs"><b>Interactive documentation</b><span>Try every route with your key</span></a>
    <a class="card" href="/openapi.json"><b>OpenAPI 3.1</b><span>Generate a client in your language</span></a>
    <a class="card" href="/health/ready"><b>State of the service</b><span>Database and cache</span></a>
  </div>
</main>
<script>
  const list = document.getElementById('checks');
  const show = (items) => list.replaceChildren(...items.map(([text, kind]) => {
    const item = document.createElement('li');
    item.textContent = text; item.className = kind;
    return item;
  }));
  fetch('/health/ready').then((answer) => answer.json()).then(({ checks }) => {
    show(Object.entries(checks).map(([name, { status }]) => [(status === 'up' ? '✓ ' : '✗ ') + name + ' ' + status, status]));
  }).catch(() => show([['✗ the service does not answer', 'down']]));
</script>
</body>
</html>
`;

/** `GET /dashboard`: where the service's pages for people begin. */
export const startPageRoutes: FastifyPluginAsync = async (app) => {
  app.get('/dashboard', { schema: { hide: true } }, async (_request, reply) =>
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .header('x-content-type-options', 'nosniff')
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
};
