import { useMessages } from './i18n/messages.js';
import { chooseLanguage, chooseTheme, useLanguage, useTheme } from './preferences.js';
import { shellMessages } from './shell-messages.js';
import { Icon } from './ui/icon.js';

export function ThemeSwitch() {
  const t = useMessages(shellMessages);
  const isDark = useTheme() === 'dark';
  return (
    <button type="button" class="quiet-button" onClick={() => chooseTheme(isDark ? 'light' : 'dark')}>
      <Icon name={isDark ? 'sun' : 'moon'} />
      {isDark ? t.toLight : t.toDark}
    </button>
  );
}

export function LanguageSwitch() {
  const t = useMessages(shellMessages);
  const other = useLanguage() === 'en' ? 'fr' : 'en';
  return (
    <button type="button" class="quiet-button" lang={other} onClick={() => chooseLanguage(other)}>
      <span class="language-code" aria-hidden="true">
        {other.toUpperCase()}
      </span>
      {t.otherLanguage}
    </button>
  );
}
