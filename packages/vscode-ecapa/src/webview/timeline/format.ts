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

/** `3.2 s`, `4 min 5 s`, `1 h 2 min`, in the user's language. */
export function duration(seconds: number, locale: string): string {
  const unit = (value: number, name: 'hour' | 'minute' | 'second', digits = 0): string =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  if (seconds < 59.95) return unit(seconds, 'second', seconds < 10 ? 1 : 0);
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  if (hours > 0)
    return minutes === 0 ? unit(hours, 'hour') : `${unit(hours, 'hour')} ${unit(minutes, 'minute')}`;
  return whole % 60 === 0
    ? unit(minutes, 'minute')
    : `${unit(minutes, 'minute')} ${unit(whole % 60, 'second')}`;
}

export function percent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

/** Puts values where a template says `{0}`, `{1}`… */
export function fill(template: string, ...values: readonly (string | number)[]): string {
  return template.replace(/\{(\d+)\}/g, (whole, index: string) => String(values[Number(index)] ?? whole));
}
