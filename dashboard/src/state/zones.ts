/** Wall clocks of time zones. A zone is an IANA name; an instant is ms since 1970 UTC. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, found);
  }
  return found;
}

/** Whether this machine knows the zone. */
export function isZone(zone: string): boolean {
  try {
    formatter(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the wall clock says, as the instant at which a clock in UTC says the same. */
export function wallClock(instant: number, zone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatter(zone).formatToParts(instant)) part[type] = Number(value);
  const second = Date.UTC(
    part.year ?? 1970, (part.month ?? 1) - 1, part.day ?? 1, part.hour ?? 0, part.minute ?? 0, part.second ?? 0,
  );
  return second + (((instant % 1000) + 1000) % 1000);
}

/**
 * The instant at which the wall clock says this; the first one if it does so twice. Where the clock
 * is put forward and never says it, the instant at which it would have.
 */
export function instantOf(wall: number, zone: string): number {
  const offset = (at: number) => wallClock(at, zone) - at;
  const before = offset(wall - 86_400_000);
  const after = offset(wall + 86_400_000);
  const candidates = [wall - before, wall - after].sort((a, b) => a - b);
  return candidates.find((at) => wallClock(at, zone) === wall) ?? wall - before;
}

/** The first instant of the day on which the instant falls. */
export function startOfDay(instant: number, zone: string): number {
  const wall = wallClock(instant, zone);
  return instantOf(wall - (((wall % 86_400_000) + 86_400_000) % 86_400_000), zone);
}

/** The first instant of the day so many days later; negative for earlier. */
export function addDays(instant: number, days: number, zone: string): number {
  const wall = wallClock(startOfDay(instant, zone), zone);
  const midday = wall - (wall % 86_400_000) + 43_200_000 + days * 86_400_000;
  return startOfDay(instantOf(midday, zone), zone);
}

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-03-29` */
export function dayName(instant: number, zone: string): string {
  const wall = new Date(wallClock(instant, zone));
  return `${wall.getUTCFullYear()}-${two(wall.getUTCMonth() + 1)}-${two(wall.getUTCDate())}`;
}

/** The first instant of a day by its name; undefined if there is no such day. */
export function dayStart(name: string, zone: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(name);
  if (!match) return undefined;
  const wall = Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3]));
  const isDay = new Date(wall).toISOString().startsWith(name);
  return isDay ? startOfDay(instantOf(wall + 43_200_000, zone), zone) : undefined;
}

/** `14:03:07` */
export function clockTime(instant: number, zone: string): string {
  const wall = new Date(wallClock(instant, zone));
  return `${two(wall.getUTCHours())}:${two(wall.getUTCMinutes())}:${two(wall.getUTCSeconds())}`;
}

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}
