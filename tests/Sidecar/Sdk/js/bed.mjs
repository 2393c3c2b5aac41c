// What scenarios share: clients and servers of one protocol, what the app has seen, and how they are declared.
import assert from 'node:assert/strict';
import { CommunicationProtocolEnum, DaprClient, DaprServer, LogLevel } from '@dapr/dapr';

const patience = 20_000;

/** All scenarios, in the order they were declared. */
export const scenarios = [];

/** What the app sets up before it starts, by protocol. */
export const setups = [];

/** Declares a scenario of a building block for protocols ('http grpc'). */
export function scenario(protocols, block, name, run) {
  for (const protocol of protocols.split(' ')) scenarios.push({ protocol, title: `${protocol} ${block}: ${name}`, run });
}

/** Declares what the app listens to before it starts. */
export const setup = (prepare) => setups.push(prepare);

/** Waits until this gives something that is not undefined. */
export async function eventually(what, produce) {
  const end = Date.now() + patience;
  for (;;) {
    const value = await produce();
    if (value !== undefined) return value;
    if (Date.now() > end) assert.fail(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** An app of the SDK: its server, its client, and all that it was given. */
export class App {
  constructor(protocol, ports) {
    this.protocol = protocol;
    this.ports = ports;
    const client = this.clientOptions(ports.dapr);
    this.server = new DaprServer({
      serverHost: '127.0.0.1', serverPort: ports.app, communicationProtocol: client.communicationProtocol, clientOptions: client, logger: client.logger,
    });
    this.client = new DaprClient(client);
    this.seen = new Map();
  }

  clientOptions(port) {
    const { HTTP, GRPC } = CommunicationProtocolEnum;
    return {
      daprHost: '127.0.0.1', daprPort: port, communicationProtocol: this.protocol === 'http' ? HTTP : GRPC, logger: { level: LogLevel.Error, service: quiet },
    };
  }

  /** Remembers what came in at a place. */
  saw(place, value) {
    this.seen.set(place, [...(this.seen.get(place) ?? []), value]);
  }

  /** Waits until what came in at a place is of this number, and gives it. */
  sees(place, count = 1) {
    return eventually(`${count} at ${place}, there is ${JSON.stringify(this.seen.get(place))}`, () => {
      const values = this.seen.get(place) ?? [];
      return values.length >= count ? values : undefined;
    });
  }
}

// The SDK logs what it then throws or returns.
const quiet = Object.fromEntries(['error', 'warn', 'info', 'verbose', 'debug'].map((level) => [level, () => {}]));

let last = 0;

/** A name that no other scenario uses. */
export const fresh = (prefix) => `${prefix}-${++last}`;

/** What an SDK call that must fail failed with; over HTTP some give back their error and do not throw. */
export async function failure(call) {
  try {
    const result = await call();
    const error = result?.error ?? result?.failedMessages?.[0]?.error;
    assert.ok(error, `it did not fail: ${JSON.stringify(result)}`);
    return textOf(error);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return textOf(error.error ?? error);
  }
}

const textOf = (error) => `${error?.message ?? ''} ${error?.rawMessage ?? ''} ${String(error)}`;
