import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.js';

interface ButtonProps {
  readonly kind?: 'primary' | 'danger' | 'small' | 'pager';
  readonly icon?: IconName;
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  readonly title?: string;
  readonly 'aria-label'?: string;
  readonly onClick?: (event: MouseEvent & { readonly currentTarget: HTMLElement }) => unknown;
  readonly children: ComponentChildren;
}

export function Button({ kind, icon, type = 'button', children, ...attributes }: ButtonProps) {
  return (
    <button {...attributes} type={type} class={kind ? `button ${kind}` : 'button'}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}
