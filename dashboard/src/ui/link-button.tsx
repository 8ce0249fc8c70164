import type { ComponentChildren } from 'preact';
import { Link } from '../router.js';
import { Icon, type IconName } from './icon.js';

interface LinkButtonProps {
  readonly to: string;
  readonly kind?: 'primary' | 'small';
  readonly icon?: IconName;
  readonly children: ComponentChildren;
}

/** A link that is what a page is for, or a way on that weighs as much as a button. */
export function LinkButton({ to, kind, icon, children }: LinkButtonProps) {
  return (
    <Link to={to} class={kind ? `button ${kind}` : 'button'}>
      {icon && <Icon name={icon} />}
      {children}
    </Link>
  );
}
