import type { IncomingHttpHeaders } from "node:http";
import { CommunicationProtocolEnum, DaprPubSubStatusEnum, DaprServer, LogLevel } from "@dapr/dapr";
import express from "express";
import { isDay, type OrderEvent, readCancelled, readPaid, UnreadableEvent } from "./events.js";
import { StatisticsStore } from "./store.js";

const pubsub = "pubsub";
const topic = "orders";
const host = "127.0.0.1";

const app = express();
app.get("/healthz", (_, response) => void response.sendStatus(204));

const server = new DaprServer({
  serverHost: host,
  serverPort: process.env["APP_PORT"] ?? "3001",
  serverHttp: app,
  communicationProtocol: CommunicationProtocolEnum.HTTP,
  clientOptions: { daprHost: host, daprPort: process.env["DAPR_HTTP_PORT"] ?? "3500" },
  logger: { level: LogLevel.Warn },
});
const statistics = new StatisticsStore(server.client, "statestore");

// The SDK gives handlers an event's data and the headers, but not its id; this puts it where HTTP's binary mode has it.
app.use((request, _, next) => {
  if (request.is("application/cloudevents+json")) request.headers["ce-id"] = request.body.id;
  next();
});

// A handler that throws counts as one that succeeded in this SDK, so nothing may leave here but a status.
function handler(read: (id: unknown, data: unknown) => OrderEvent) {
  return async (data: unknown, headers?: object) => {
    const id = (headers as IncomingHttpHeaders | undefined)?.["ce-id"];
    try {
      await statistics.count(read(id, data));
      return DaprPubSubStatusEnum.SUCCESS;
    } catch (error) {
      console.error(`Event ${String(id)} is not counted: ${String(error)}`);
      return error instanceof UnreadableEvent ? DaprPubSubStatusEnum.DROP : DaprPubSubStatusEnum.RETRY;
    }
  };
}

await server.pubsub.subscribeWithOptions(pubsub, topic, {
  deadLetterTopic: `${topic}-dead`,
  route: {
    rules: [
      { match: 'event.type == "order.paid.v1"', path: "order-paid" },
      { match: 'event.type == "order.cancelled.v1"', path: "order-cancelled" },
    ],
    default: "order-other",
  },
});
server.pubsub.subscribeToRoute(pubsub, topic, "order-paid", handler(readPaid));
server.pubsub.subscribeToRoute(pubsub, topic, "order-cancelled", handler(readCancelled));

app.get("/statistics/:day", (request, response, next) => {
  const { day } = request.params;
  if (!isDay(day)) {
    response.status(400).json({ title: "The day must be given as 2026-11-24.", status: 400 });
    return;
  }

  statistics.of(day).then((answer) => response.json(answer), next);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => void server.stop().finally(() => process.exit(0)));
}

await server.start();
