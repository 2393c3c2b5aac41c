import { createHash } from "node:crypto";
import { type DaprClient, StateConcurrencyEnum, StateConsistencyEnum } from "@dapr/dapr";
import type { OrderEvent } from "./events.js";
import { count, emptySheet, type Sheet, type Statistics, total } from "./sheet.js";

// A day has so many sheets that each stays small and replicas seldom write the same one. Another number would put events that come
// again into other sheets, and so count them twice.
const sheetsPerDay = 16;
const mostTries = 20;
const ifUnchanged = { concurrency: StateConcurrencyEnum.CONCURRENCY_FIRST_WRITE, consistency: StateConsistencyEnum.CONSISTENCY_STRONG };

interface Waiting {
  event: OrderEvent;
  done: () => void;
  failed: (error: unknown) => void;
}

/** The sheets in the Dapr state store. Events that arrive while a sheet is written go into it together at the next write. */
export class StatisticsStore {
  private readonly queues = new Map<string, Waiting[]>();

  constructor(private readonly client: DaprClient, private readonly storeName: string) {}

  /** Counts an event; once this returns, it is stored. */
  count(event: OrderEvent): Promise<void> {
    return new Promise((done, failed) => {
      const key = sheetKey(event.day, createHash("sha256").update(event.id).digest()[0]! % sheetsPerDay);
      const queue = this.queues.get(key);
      if (queue) {
        queue.push({ event, done, failed });
        return;
      }

      this.queues.set(key, [{ event, done, failed }]);
      void this.drain(key);
    });
  }

  /** What was counted for a day (UTC). */
  async of(day: string): Promise<Statistics> {
    const keys = Array.from({ length: sheetsPerDay }, (_, number) => sheetKey(day, number));
    return total(day, [...(await this.read(keys)).values()].map((stored) => stored.sheet));
  }

  private async drain(key: string): Promise<void> {
    for (;;) {
      const batch = this.queues.get(key)!;
      if (batch.length === 0) {
        this.queues.delete(key);
        return;
      }

      this.queues.set(key, []);
      try {
        await this.write(key, batch.map((waiting) => waiting.event));
        for (const waiting of batch) waiting.done();
      } catch (error) {
        for (const waiting of batch) waiting.failed(error);
      }
    }
  }

  private async write(key: string, events: readonly OrderEvent[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const { sheet, etag } = (await this.read([key])).get(key) ?? { sheet: emptySheet(), etag: undefined };
      if (!count(sheet, events)) return;
      const { error } = await this.client.state.save(this.storeName, [{ key, value: sheet, options: ifUnchanged, ...(etag && { etag }) }]);
      if (!error) return;
      // Another replica was faster, or the answer was lost: what is stored now tells.
      if (attempt === mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt));
    }
  }

  private async read(keys: string[]): Promise<Map<string, { sheet: Sheet; etag: string | undefined }>> {
    const entries = await this.client.state.getBulk(this.storeName, keys);
    return new Map(entries.flatMap(({ key, data, etag, error }) => {
      if (error) throw new Error(`${key}: ${error}`);
      return data ? [[key, { sheet: data as Sheet, etag }]] : [];
    }));
  }
}

const sheetKey = (day: string, number: number): string => `${day}-${number}`;
