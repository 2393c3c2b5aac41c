import assert from 'node:assert/strict';
import { HttpMethod } from '@dapr/dapr';
import { failure, scenario, setup } from '../bed.mjs';

setup(async ({ protocol, server }) => {
  const answer = (method) => async ({ body }) => ({ from: protocol, method, body: body ? JSON.parse(body) : undefined });
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) await server.invoker.listen('echo', answer(method), { method: HttpMethod[method] });
});

scenario('http grpc', 'invocation', 'an app calls itself', (app) => call(app, `js-${app.protocol}`));
scenario('http grpc', 'invocation', 'an app calls one of the other protocol', (app) => call(app, app.protocol === 'http' ? 'js-grpc' : 'js-http'));

async function call(app, appId) {
  const body = { sku: 'A-1', count: 2 };
  for (const method of ['POST', 'PUT']) {
    assert.deepEqual(await app.client.invoker.invoke(appId, 'echo', HttpMethod[method], body), { from: appId.slice(3), method, body });
  }
  for (const method of ['GET', 'DELETE']) {
    const answer = await app.client.invoker.invoke(appId, 'echo', HttpMethod[method]);
    assert.deepEqual([answer.from, answer.method], [appId.slice(3), method]);
  }
}

scenario('http grpc', 'invocation', 'an app that is not here is an error', async ({ client }) => {
  assert.match(await failure(() => client.invoker.invoke('nobody', 'echo', HttpMethod.POST, { a: 1 })), /nobody/);
});
