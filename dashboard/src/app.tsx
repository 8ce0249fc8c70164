import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Backoff } from './api/backoff.js';
import { logOut } from './api/client.js';
import { otherPages } from './api/server.js';
import { useSession } from './api/session.js';
import { useMe } from './api/use-me.js';
import { useAction } from './api/use-query.js';
import { useMessages } from './i18n/messages.js';
import { Login } from './login.js';
import type { PageProps } from './page-props.js';
import { HOME, isHere, type NavText, PAGES, type PageEntry } from './pages.js';
import { LanguageSwitch, ThemeSwitch } from './preference-switches.js';
import { Link, matchPath, useLocation } from './router.js';
import { shellMessages } from './shell-messages.js';
import { Button } from './ui/button.js';
import { Icon } from './ui/icon.js';
import { Logo } from './ui/logo.js';
import { Page } from './ui/page.js';
import { EmptyState, Skeleton } from './ui/states.js';

/** The page of a path, with the values in it. */
function pageOf(path: string): { entry: PageEntry; params: Record<string, string> } | null {
  for (const entry of PAGES.filter(isHere)) {
    const params = matchPath(entry.path, path === '/' ? HOME : path);
    if (params) return { entry, params };
  }
  return null;
}

const loaded = new Map<string, ComponentType<PageProps>>();

function CurrentPage() {
  const t = useMessages(shellMessages);
  const { path } = useLocation();
  const [, setLoadedCount] = useState(0);
  const [failed, setFailed] = useState(false);
  const found = pageOf(path);
  const wanted = found?.entry;

  useEffect(() => {
    setFailed(false);
    if (!wanted || loaded.has(wanted.path)) return undefined;
    let live = true;
    const backoff = new Backoff();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const load = () =>
      wanted.load().then(
        (module) => {
          loaded.set(wanted.path, module.default);
          if (!live) return;
          setFailed(false);
          setLoadedCount(loaded.size);
        },
        () => {
          if (!live) return;
          setFailed(true);
          timer = setTimeout(load, backoff.next());
        },
      );
    void load();
    return () => {
      live = false;
      clearTimeout(timer);
    };
  }, [wanted]);

  if (!found)
    return (
      <Page title={t.notFoundTitle}>
        <section class="card">
          <EmptyState title={t.notFound} height={240}>
            <Link to={HOME}>{HOME === '/' ? t.toOverview : t.pipelines}</Link>
          </EmptyState>
        </section>
      </Page>
    );
  const Shown = loaded.get(found.entry.path);
  if (failed)
    return (
      <EmptyState title={t.pageFailed} height={400}>
        <Button onClick={() => location.reload()}>{t.reload}</Button>
      </EmptyState>
    );
  if (!Shown) return <Skeleton height={600} />;
  return <Shown key={path} params={found.params} />;
}

const isCurrent = (pagePath: string, path: string) =>
  path === '/' || pagePath === '/'
    ? pagePath === HOME && path === '/'
    : path === pagePath || path.startsWith(`${pagePath}/`);

function Navigation({ onGo }: { onGo: () => void }) {
  const t = useMessages(shellMessages);
  const { path } = useLocation();
  return (
    <ul class="nav-list">
      {PAGES.filter(({ nav }) => nav).map((page) => {
        const { icon, text } = page.nav as { icon: NonNullable<PageEntry['nav']>['icon']; text: NavText };
        const content = (
          <>
            <Icon name={icon} />
            {t[text]}
          </>
        );
        return (
          <li key={page.path}>
            {isHere(page) ? (
              <Link
                to={page.path}
                class="nav-link"
                {...(isCurrent(page.path, path) && { 'aria-current': 'page' as const })}
                onGo={onGo}
              >
                {content}
              </Link>
            ) : (
              <a class="nav-link" href={otherPages + page.path}>
                {content}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Account() {
  const t = useMessages(shellMessages);
  const me = useMe();
  const leave = useAction(logOut);
  return (
    <div class="account">
      <p class="soft account-name">{me ? t.signedInAs(me.name, t[me.role]) : ' '}</p>
      <a class="quiet-button" href="/docs">
        <Icon name="docs" />
        {t.docs}
      </a>
      <LanguageSwitch />
      <ThemeSwitch />
      <button type="button" class="quiet-button" disabled={leave.busy} onClick={() => leave.run(undefined)}>
        <Icon name="logout" />
        {t.logOut}
      </button>
      {leave.error && (
        <p class="notice bad" role="alert">
          {t.noAnswer}
        </p>
      )}
    </div>
  );
}

function Frame() {
  const t = useMessages(shellMessages);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    if (!open) return undefined;
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [open]);
  return (
    <div class={open ? 'frame menu-open' : 'frame'}>
      <a class="skip-link" href="#content">
        {t.skip}
      </a>
      <header class="top-bar">
        <Link to={HOME} class="brand">
          <Logo /> {t.product}
        </Link>
        <button type="button" class="quiet-button menu-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'close' : 'menu'} />
          {open ? t.closeMenu : t.menu}
        </button>
      </header>
      <nav class="sidebar" aria-label={t.navigation}>
        <div class="sidebar-content">
          <Link to={HOME} class="brand">
            <Logo /> {t.product}
          </Link>
          <Navigation onGo={() => setOpen(false)} />
          <Account />
        </div>
      </nav>
      <main id="content" tabIndex={-1}>
        <CurrentPage />
      </main>
    </div>
  );
}

export function App() {
  const session = useSession();
  return session.state === 'in' ? <Frame key={session.key} /> : <Login expired={session.expired} />;
}
