// What is read of the shop's order events; everything else in them is left alone.

/** An order event with what this service needs of it. */
export type OrderEvent =
  | { kind: "paid"; id: string; day: string; currency: string; minorUnits: number; units: number }
  | { kind: "cancelled"; id: string; day: string; reason: string };

/** The event can never be counted, however often it is delivered. */
export class UnreadableEvent extends Error {}

/** Reads an `order.paid.v1` by its CloudEvent id and data. Amounts are minor units of the currency (ISO 4217). */
export function readPaid(id: unknown, data: unknown): OrderEvent {
  const event = object(data);
  const currency = text(event, "currency");
  if (!/^[A-Z]{3}$/.test(currency)) throw new UnreadableEvent(`"${currency}" is no currency`);
  if (!Array.isArray(event["lines"])) throw new UnreadableEvent("lines is no list");
  const units = event["lines"].reduce<number>((sum, line) => sum + amount(object(line), "quantity"), 0);
  return { kind: "paid", id: eventId(id), day: day(event), currency, minorUnits: amount(event, "totalMinorUnits"), units };
}

/** Reads an `order.cancelled.v1`. */
export function readCancelled(id: unknown, data: unknown): OrderEvent {
  const event = object(data);
  // "card_declined: insufficient_funds": what stands behind the colon is for people.
  const reason = text(event, "reason").split(":")[0]!.trim();
  return { kind: "cancelled", id: eventId(id), day: day(event), reason };
}

/** Whether this is a day as `2026-11-24`. */
export function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function eventId(id: unknown): string {
  if (typeof id !== "string" || id === "") throw new UnreadableEvent("the event has no id");
  return id;
}

function day(event: Record<string, unknown>): string {
  const at = Date.parse(text(event, "at"));
  if (Number.isNaN(at)) throw new UnreadableEvent("at is no time");
  return new Date(at).toISOString().slice(0, 10);
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new UnreadableEvent("not an object");
  return value as Record<string, unknown>;
}

function text(event: Record<string, unknown>, name: string): string {
  const value = event[name];
  if (typeof value !== "string") throw new UnreadableEvent(`${name} is no text`);
  return value;
}

// Above 2^53 a JavaScript number is no longer exact, and money must be.
function amount(event: Record<string, unknown>, name: string): number {
  const value = event[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw new UnreadableEvent(`${name} is no amount`);
  return value;
}
