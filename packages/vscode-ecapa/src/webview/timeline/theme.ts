/** Colours of the editor's theme, resolved, for canvases. */
export interface Theme {
  readonly background: string;
  readonly foreground: string;
  readonly faint: string;
  readonly grid: string;
  readonly focus: string;
  readonly playhead: string;
  readonly isHighContrast: boolean;
  readonly isLight: boolean;
  readonly font: string;
  /** Colour of a label, and black or white, whichever is easier to read on it. */
  labelColour(label: string): string;
  inkOn(label: string): string;
}

export function readTheme(colours: Readonly<Record<string, string>>): Theme {
  const style = getComputedStyle(document.body);
  const variable = (name: string, fallback: string): string =>
    style.getPropertyValue(name).trim() || fallback;
  const foreground = variable('--vscode-editor-foreground', style.color || '#808080');
  const resolved = new Map(
    Object.entries(colours).map(([label, name]) => {
      const colour = variable(name, foreground);
      return [label, { colour, ink: luminance(colour) > 0.3 ? '#000000' : '#ffffff' }];
    }),
  );
  return {
    background: variable('--vscode-editor-background', 'transparent'),
    foreground,
    faint: variable('--vscode-descriptionForeground', foreground),
    grid: variable('--vscode-editorRuler-foreground', variable('--vscode-panel-border', foreground)),
    focus: variable('--vscode-focusBorder', foreground),
    playhead: variable('--vscode-editorCursor-foreground', foreground),
    isHighContrast:
      document.body.classList.contains('vscode-high-contrast') ||
      document.body.classList.contains('vscode-high-contrast-light'),
    isLight:
      document.body.classList.contains('vscode-light') ||
      document.body.classList.contains('vscode-high-contrast-light'),
    font: `11px ${variable('--vscode-font-family', 'sans-serif')}`,
    labelColour: (label) => resolved.get(label)?.colour ?? foreground,
    inkOn: (label) => resolved.get(label)?.ink ?? '#ffffff',
  };
}

/** Calls back when the user chooses another theme: the editor then changes the body's class and variables. */
export function onThemeChange(callback: () => void): void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}

/** Relative luminance, 0 to 1 (WCAG 2.2), of a `#rrggbb` colour; one half for anything else. */
function luminance(colour: string): number {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  if (match === null) return 0.5;
  const [r, g, b] = match.slice(1).map((hex) => {
    const channel = Number.parseInt(hex, 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0);
}
