import type { ComponentChildren } from 'preact';
import { formatAddress, type Address } from '../state/address';
import { useApp } from '../state/app';

interface Props {
  to: Address;
  class?: string;
  title?: string | undefined;
  current?: boolean;
  children: ComponentChildren;
}

/** A link inside of the dashboard: a real one, that needs no loading. */
export function Link({ to, children, current, ...rest }: Props) {
  const { go } = useApp();
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={formatAddress(to)} onClick={follow} aria-current={current ? 'page' : undefined} {...rest}>
      {children}
    </a>
  );
}
