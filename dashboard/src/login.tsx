import { useState } from 'preact/hooks';
import { ask } from './api/client.js';
import { keepKey } from './api/session.js';
import { useAction } from './api/use-query.js';
import { useMessages } from './i18n/messages.js';
import { LanguageSwitch, ThemeSwitch } from './preference-switches.js';
import { shellMessages } from './shell-messages.js';
import { Button } from './ui/button.js';
import { Input } from './ui/fields.js';
import { Logo } from './ui/logo.js';

/** Asks for the key once, and tries it before it is kept. */
export function Login({ expired }: { expired: boolean }) {
  const t = useMessages(shellMessages);
  const [key, setKey] = useState('');
  const login = useAction(async (candidate: string) => {
    await ask('GET /me', { key: candidate });
    keepKey(candidate);
  });
  const { error, busy } = login;
  const problem =
    error && (error.kind === 'forbidden' ? t.wrongKey : error.kind === 'offline' ? t.noAnswer : error.message);
  return (
    <main class="login" id="content">
      <form
        class="card login-card"
        onSubmit={(event) => {
          event.preventDefault();
          void login.run(key.trim());
        }}
      >
        <p class="brand">
          <Logo /> {t.product}
        </p>
        <h1>{t.loginTitle}</h1>
        <p class="soft">{t.loginIntro}</p>
        {expired && !error && (
          <p class="notice" role="status">
            {t.expired}
          </p>
        )}
        <Input
          label={t.apiKey}
          hint={t.apiKeyHint}
          error={problem}
          type="password"
          autocomplete="current-password"
          required
          value={key}
          onChange={setKey}
        />
        <Button kind="primary" type="submit" disabled={busy}>
          {busy ? t.checking : t.logIn}
        </Button>
        <div class="login-preferences">
          <LanguageSwitch />
          <ThemeSwitch />
        </div>
      </form>
    </main>
  );
}
