// The part of the recording that is shown. Pure.

export interface View {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** As close as one can look. */
export const CLOSEST_SECONDS = 0.5;

/** The whole recording. */
export function fit(durationSeconds: number): View {
  return { startSeconds: 0, endSeconds: Math.max(durationSeconds, CLOSEST_SECONDS) };
}

/** The same stretch moved and, if need be, shortened, so that it lies within the recording. */
export function clamp({ startSeconds, endSeconds }: View, durationSeconds: number): View {
  const whole = fit(durationSeconds);
  const span = Math.min(Math.max(endSeconds - startSeconds, CLOSEST_SECONDS), whole.endSeconds);
  const start = Math.min(Math.max(startSeconds, 0), whole.endSeconds - span);
  return { startSeconds: start, endSeconds: start + span };
}

/** `factor` above 1 looks closer; the moment `aroundSeconds` stays where it is on the screen. */
export function zoom(view: View, factor: number, aroundSeconds: number, durationSeconds: number): View {
  const whole = fit(durationSeconds).endSeconds;
  const before = view.endSeconds - view.startSeconds;
  const span = Math.min(Math.max(before / factor, CLOSEST_SECONDS), whole);
  const start = aroundSeconds - ((aroundSeconds - view.startSeconds) / before) * span;
  return clamp({ startSeconds: start, endSeconds: start + span }, durationSeconds);
}

export function scroll(view: View, bySeconds: number, durationSeconds: number): View {
  const { startSeconds, endSeconds } = view;
  return clamp(
    { startSeconds: startSeconds + bySeconds, endSeconds: endSeconds + bySeconds },
    durationSeconds,
  );
}

/** A segment with a little of what is around it. */
export function around(startSeconds: number, endSeconds: number, durationSeconds: number): View {
  const margin = Math.max(0.1 * (endSeconds - startSeconds), 0.1);
  return clamp({ startSeconds: startSeconds - margin, endSeconds: endSeconds + margin }, durationSeconds);
}

/** Moves only when a moment is not shown: then so that it comes to stand a tenth from the left. */
export function reveal(view: View, seconds: number, durationSeconds: number): View {
  if (seconds >= view.startSeconds && seconds <= view.endSeconds) return view;
  const span = view.endSeconds - view.startSeconds;
  return scroll(view, seconds - span / 10 - view.startSeconds, durationSeconds);
}

export function xOf(view: View, width: number, seconds: number): number {
  return ((seconds - view.startSeconds) / (view.endSeconds - view.startSeconds)) * width;
}

export function secondsAt(view: View, width: number, x: number): number {
  return view.startSeconds + (x / Math.max(width, 1)) * (view.endSeconds - view.startSeconds);
}
