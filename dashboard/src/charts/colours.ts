/** The colours of the style sheet for a canvas, which knows no variables. */

/** A painter for the colours that hold at an element, by their names without dashes. */
export function colours(element: HTMLElement): (name: string, alpha?: number) => string {
  const probe = document.createElement('span');
  probe.hidden = true;
  element.append(probe);
  const known = new Map<string, string>();
  return (name, alpha = 1) => {
    const key = `${name} ${alpha}`;
    let colour = known.get(key);
    if (!colour) {
      if (!probe.isConnected) element.append(probe);
      probe.style.color = `var(--${name})`;
      colour = getComputedStyle(probe).color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
      probe.remove();
      known.set(key, colour);
    }
    return colour;
  };
}

/** Calls when colours change; gives the way to stop it. */
export function onThemeChange(act: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', act);
  const chosen = new MutationObserver(act);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', act);
    chosen.disconnect();
  };
}
