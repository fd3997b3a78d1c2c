/** An element with attributes (`text`, `class`, listeners as `onclick`…) and children. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

/** Makes `children` the children, in order; those that are children already are not taken out meanwhile. */
export function arrange(parent: HTMLElement, children: readonly HTMLElement[]): void {
  const kept = new Set<Element>(children);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  for (const [i, child] of children.entries())
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
}

/** Nothing is made anew for the same text. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Nothing is computed anew for the same value. */
export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const SVG = 'http://www.w3.org/2000/svg';

/** Outlines of 16 x 16; drawn here because a page cannot use the editor's icon font without shipping it. */
const ICONS = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  loop: 'M4 4h7.5a2.5 2.5 0 0 1 2.5 2.5V8h-1.5V6.5a1 1 0 0 0-1-1H4v2L.8 4.75 4 2zM12 12H4.5A2.5 2.5 0 0 1 2 9.5V8h1.5v1.5a1 1 0 0 0 1 1H12v-2l3.2 2.75L12 14z',
  zoomIn:
    'M7 1a6 6 0 0 1 4.7 9.7l3.1 3.1-1 1-3.1-3.1A6 6 0 1 1 7 1m0 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M6.3 4.5h1.4v1.8h1.8v1.4H7.7v1.8H6.3V7.7H4.5V6.3h1.8z',
  zoomOut:
    'M7 1a6 6 0 0 1 4.7 9.7l3.1 3.1-1 1-3.1-3.1A6 6 0 1 1 7 1m0 1.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M4.5 6.3h5v1.4h-5z',
  fit: 'M1 3h1.5v10H1zM13.5 3H15v10h-1.5zM6 4.5 5 5.5l1.8 1.8h-3v1.4h3L5 10.5l1 1L9.5 8z M10 4.5',
  segment: 'M2 2h1.5v12H2zM12.5 2H14v12h-1.5zM5 6h6v4H5z',
  undo: 'M5.5 2.5 2 6l3.5 3.5 1-1L4.8 6.8H9a3 3 0 0 1 0 6H6v1.4h3a4.4 4.4 0 0 0 0-8.8H4.8l1.7-1.9z',
  redo: 'M10.5 2.5 14 6l-3.5 3.5-1-1 1.7-1.7H7a3 3 0 0 0 0 6h3v1.4H7a4.4 4.4 0 0 1 0-8.8h4.2L9.5 3.5z',
  help: 'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4M7.3 11h1.4v1.4H7.3zM8 4c1.5 0 2.6 1 2.6 2.3 0 1-.6 1.6-1.2 2.1-.5.4-.7.6-.7 1.1v.5H7.3v-.6c0-1 .6-1.6 1.2-2 .5-.4.7-.6.7-1.1 0-.6-.5-1-1.2-1s-1.2.5-1.2 1.2H5.4C5.4 5 6.5 4 8 4',
  warning: 'M8 1.5 15.3 14H.7zM8 4.3 3.1 12.6h9.8zM7.3 7h1.4v3H7.3zM7.3 10.7h1.4v1.3H7.3z',
  error:
    'M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1m0 1.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4M5.9 4.9 8 7l2.1-2.1 1 1L9 8l2.1 2.1-1 1L8 9l-2.1 2.1-1-1L7 8 4.9 5.9z',
  check: 'M6.3 12.6 1.7 8l1.1-1.1 3.5 3.5 6.9-6.9L14.3 4.6z',
  spectrum: 'M1 12h2v2H1zm0-4h2v3H1zm4-3h2v9H5zm0-3h2v2H5zm4 6h2v6H9zm0-3h2v2H9zm4 5h2v4h-2zm0-7h2v6h-2z',
  linear:
    'M2 1h1.4v11.6H15V14H2zM5 10h2v1.4H5zm0-3h2v1.4H5zm0-3h2v1.4H5zm4 6h5v1.4H9zm0-3h5v1.4H9zm0-3h5v1.4H9z',
  lanes: 'M1 2.5h7v3H1zm3 4h10v3H4zm-2 4h6v3H2zm8 0h5v3h-5z',
  close: 'M4.2 3.2 8 7l3.8-3.8 1 1L9 8l3.8 3.8-1 1L8 9l-3.8 3.8-1-1L7 8 3.2 4.2z',
} as const;

export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}

/** A button that shows an icon and is called `label`. */
export function iconButton(
  name: IconName,
  label: string,
  onClick: () => void,
  shortcut = '',
): HTMLButtonElement {
  const title = shortcut === '' ? label : `${label} (${shortcut})`;
  const button = el(
    'button',
    { type: 'button', class: 'icon-button', 'aria-label': label, title },
    icon(name),
  );
  button.addEventListener('click', onClick);
  return button;
}

export function textButton(label: string, className: string, onClick: () => void): HTMLButtonElement {
  const button = el('button', { type: 'button', class: className }, label);
  button.addEventListener('click', onClick);
  return button;
}
