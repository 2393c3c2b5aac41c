import assert from 'node:assert/strict';
import { DaprClient } from '@dapr/dapr';
import { eventually, scenario } from '../bed.mjs';

scenario('http grpc', 'shutdown', 'a sidecar ends when it is told to', async (app) => {
  const client = new DaprClient(app.clientOptions(app.shutdownPort));
  assert.equal(await client.health.isHealthy(), true);
  await client.sidecar.shutdown();
  await eventually('the sidecar is gone', async () => ((await client.health.isHealthy()) ? undefined : true));
});
