// Runs before the first paint, so that a chosen theme or language never flashes. Kept in step with src/preferences.ts.
{
  const { theme, language } = JSON.parse(localStorage.getItem('ecobalyse.preferences') ?? '{}');
  if (theme) document.documentElement.dataset.theme = theme;
  document.documentElement.lang = language ?? (navigator.language.startsWith('fr') ? 'fr' : 'en');
}
