import { NOTHING } from "./number";

const DATE_TIME = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** A moment in local time: `24 Nov 2026, 23:56`. */
export function dateTime(iso: string | null | undefined): string {
  return written(DATE_TIME, iso);
}

const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** A day in local time: `24 Nov 2026`. */
export function date(iso: string | null | undefined): string {
  return written(DATE, iso);
}

function written(format: Intl.DateTimeFormat, iso: string | null | undefined): string {
  if (!iso) return NOTHING;
  const moment = new Date(iso);
  return Number.isNaN(moment.getTime()) ? NOTHING : format.format(moment);
}

/** A span of seconds: `8 s`, `2 min 5 s`, `3 h 10 min`. */
export function duration(seconds: number | null | undefined): string {
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return NOTHING;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return s % 60 === 0 ? `${s / 60} min` : `${Math.floor(s / 60)} min ${s % 60} s`;
  const hours = Math.floor(s / 3600);
  const minutes = Math.round((s % 3600) / 60);
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

/** Work per second, or per minute when slow: `2.4 / s`, `7 / min`. */
export function rate(perSecond: number | null | undefined): string {
  if (typeof perSecond !== "number" || !(perSecond > 0)) return NOTHING;
  if (perSecond >= 1) return `${perSecond.toFixed(1)} / s`;
  return `${(perSecond * 60).toFixed(perSecond * 60 < 10 ? 1 : 0)} / min`;
}
