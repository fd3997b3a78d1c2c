/** A time as `1:02:03.45`: hours only when there are any, and as many decimals as asked for. Negative times are 0. */
export function clock(seconds: number, decimals = 0): string {
  const scale = 10 ** decimals;
  const units = Math.round(Math.max(0, seconds) * scale);
  const whole = Math.floor(units / scale);
  const pad = (value: number, length = 2): string => String(value).padStart(length, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const fraction = decimals === 0 ? '' : `.${pad(units % scale, decimals)}`;
  const rest = `${pad(whole % 60)}${fraction}`;
  return hours > 0 ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
}
