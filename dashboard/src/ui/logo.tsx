export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" class="logo-ground" />
      <path d="M9 21c0-7 5-11 14-11 0 9-4 14-11 14-1.5 0-3-.8-3-3Z" class="logo-leaf" />
      <path d="M9 25c2-6 6-9 10-11" class="logo-vein" />
    </svg>
  );
}
