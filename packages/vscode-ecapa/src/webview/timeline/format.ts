// Times and numbers for people. Pure.

/** `1:02:03.4`: hours only when there are any, so many decimals. */
export function clock(seconds: number, decimals = 0): string {
  const scale = 10 ** decimals;
  const units = Math.round(Math.max(0, seconds) * scale);
  const whole = Math.floor(units / scale);
  const pad = (value: number, length = 2): string => String(value).padStart(length, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const fraction = decimals === 0 ? '' : `.${pad(units % scale, decimals)}`;
  const tail = `${pad(whole % 60)}${fraction}`;
  return hours > 0 ? `${hours}:${pad(minutes)}:${tail}` : `${minutes}:${tail}`;
}

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

/** Puts values where a template says `{0}`, `{1}`… */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
