// Times and numbers for people. Pure.

/** Formatters are dear to make: they are made once. */
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify([locale, options]);
  const known = formatters.get(key) ?? new Intl.NumberFormat(locale, options);
  formatters.set(key, known);
  return known;
}

/** `3.2 sec`, `4 min 5 sec`, `1 hr 2 min`, in the user's language; `1h 2m` where there is little room. */
export function duration(seconds: number, locale: string, unitDisplay: 'short' | 'narrow' = 'short'): string {
  const unit = (value: number, name: 'hour' | 'minute' | 'second', maximumFractionDigits = 0): string =>
    formatter(locale, { style: 'unit', unit: name, unitDisplay, maximumFractionDigits }).format(value);
  if (seconds < 59.95) return unit(seconds, 'second', seconds < 10 ? 1 : 0);
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const [large, small] =
    hours > 0
      ? [unit(hours, 'hour'), minutes === 0 ? '' : unit(minutes, 'minute')]
      : [unit(minutes, 'minute'), whole % 60 === 0 ? '' : unit(whole % 60, 'second')];
  return `${large} ${small}`.trim();
}

export function percent(share: number, locale: string): string {
  return formatter(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}
