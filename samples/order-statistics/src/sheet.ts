import type { OrderEvent } from "./events.js";

/** What was sold in one currency. */
export interface Sales {
  orders: number;
  units: number;
  /** Minor units of the currency. */
  revenueMinorUnits: number;
}

/**
 * Part of a day's statistics. It holds the ids of the events it counts, so that one write says both that an event is counted and what
 * it changed: an event that comes twice counts once, in whatever order events come.
 */
export interface Sheet {
  counted: string[];
  currencies: Record<string, Sales>;
  cancelled: Record<string, number>;
}

/** A day's statistics. */
export type Statistics = { day: string } & Omit<Sheet, "counted">;

export const emptySheet = (): Sheet => ({ counted: [], currencies: {}, cancelled: {} });

/** Counts those of the events that the sheet does not count yet; says whether there was any. */
export function count(sheet: Sheet, events: readonly OrderEvent[]): boolean {
  const known = new Set(sheet.counted);
  for (const event of events) {
    if (known.has(event.id)) continue;
    known.add(event.id);
    if (event.kind === "paid") addSales(sheet.currencies, event.currency, { orders: 1, units: event.units, revenueMinorUnits: event.minorUnits });
    else sheet.cancelled[event.reason] = (sheet.cancelled[event.reason] ?? 0) + 1;
  }

  const isChanged = known.size > sheet.counted.length;
  sheet.counted = [...known];
  return isChanged;
}

/** Adds up the sheets of a day. */
export function total(day: string, sheets: readonly Sheet[]): Statistics {
  const sum: Statistics = { day, currencies: {}, cancelled: {} };
  for (const sheet of sheets) {
    for (const [currency, sales] of Object.entries(sheet.currencies)) addSales(sum.currencies, currency, sales);
    for (const [reason, orders] of Object.entries(sheet.cancelled)) sum.cancelled[reason] = (sum.cancelled[reason] ?? 0) + orders;
  }

  return sum;
}

function addSales(currencies: Record<string, Sales>, currency: string, more: Sales): void {
  const sales = (currencies[currency] ??= { orders: 0, units: 0, revenueMinorUnits: 0 });
  sales.orders += more.orders;
  sales.units += more.units;
  sales.revenueMinorUnits += more.revenueMinorUnits;
}
