import assert from 'node:assert/strict';
import fs from 'node:fs';
import { eventually, failure, fresh, scenario, setup } from '../bed.mjs';

setup(async (app) => app.server.binding.receive('ticks', async (data) => app.saw('ticks', data ?? null)));

scenario('http grpc', 'bindings', 'an input binding calls the app', async (app) => {
  await app.sees('ticks', 2);
});

scenario('http grpc', 'bindings', 'an output binding writes, reads and deletes', async ({ client }) => {
  const fileName = fresh('file');
  await client.binding.send('files', 'create', 'written by another language', { fileName });
  const read = await client.binding.send('files', 'get', '', { fileName });
  assert.equal(read.data ? Buffer.from(read.data).toString() : read, 'written by another language');
  await client.binding.send('files', 'delete', '', { fileName });
  await failure(() => client.binding.send('files', 'get', '', { fileName }));
});

scenario('http grpc', 'bindings', 'an unknown binding is an error', async ({ client }) => {
  assert.match(await failure(() => client.binding.send('nowhere', 'create', 'x')), /nowhere/);
});

scenario('http grpc', 'secrets', 'a secret is read', async ({ client }) => {
  assert.deepEqual(await client.secret.get('secretstore', 'apiKey'), { apiKey: 'not-a-secret' });
});

scenario('http grpc', 'secrets', 'all secrets are read', async ({ client }) => {
  const all = JSON.stringify(await client.secret.getBulk('secretstore'));
  for (const part of ['apiKey', 'not-a-secret', 'other', 'nor-this']) assert.ok(all.includes(part), all);
});

scenario('http grpc', 'secrets', 'a missing secret is an error', async ({ client }) => {
  await failure(() => client.secret.get('secretstore', 'missing'));
  assert.match(await failure(() => client.secret.get('nowhere', 'apiKey')), /nowhere/);
});

scenario('grpc', 'configuration', 'items are read, some or all', async ({ client }) => {
  const { items } = await client.configuration.get('configuration', ['theme']);
  assert.deepEqual([Object.keys(items), items.theme.value], [['theme'], 'blue']);
  const all = await client.configuration.get('configuration', []);
  assert.ok(Object.keys(all.items).length >= 2);
  assert.match(await failure(() => client.configuration.get('nowhere', ['theme'])), /nowhere/);
});

scenario('grpc', 'configuration', 'a subscriber is told of changes until it stops', async (app) => {
  const change = (limit) => fs.writeFileSync(app.configurationFile, JSON.stringify({ theme: 'blue', limit }));
  const place = fresh('limit');
  const subscription = await app.client.configuration.subscribeWithKeys('configuration', ['limit'], async ({ items }) => app.saw(place, items.limit.value));
  // The subscription has no moment at which it is known to stand.
  let number = 100;
  await eventually('a change arrives', async () => {
    change(`${++number}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
    return app.seen.get(place);
  });
  change('last');
  await eventually('the last change arrives', async () => (app.seen.get(place).at(-1) === 'last' ? true : undefined));
  await subscription.stop();
});

scenario('http grpc', 'locks', 'one holds a lock at a time', async ({ client }) => {
  const resource = fresh('till');
  assert.deepEqual(await client.lock.lock('lockstore', resource, 'a', 60), { success: true });
  assert.deepEqual(await client.lock.lock('lockstore', resource, 'b', 60), { success: false });
  assert.equal(name(await client.lock.unlock('lockstore', resource, 'b')), 'LockBelongsToOthers');
  assert.equal(name(await client.lock.unlock('lockstore', resource, 'a')), 'Success');
  assert.equal(name(await client.lock.unlock('lockstore', resource, 'a')), 'LockDoesNotExist');
  assert.deepEqual(await client.lock.lock('lockstore', resource, 'b', 60), { success: true });
});

scenario('http grpc', 'locks', 'a lease ends', async ({ client }) => {
  const resource = fresh('till');
  assert.deepEqual(await client.lock.lock('lockstore', resource, 'a', 1), { success: true });
  await eventually('another gets it', async () => ((await client.lock.lock('lockstore', resource, 'b', 60)).success ? true : undefined));
});

// In the order of the SDK's enumeration.
const name = ({ status }) => ['Success', 'LockDoesNotExist', 'LockBelongsToOthers', 'InternalError'][status];

scenario('http grpc', 'metadata', 'a sidecar tells its app id, components and labels', async ({ client, protocol }) => {
  assert.equal(await client.metadata.set('colour', 'green'), true);
  const metadata = await client.metadata.get();
  assert.equal(metadata.id, `js-${protocol}`);
  assert.ok(metadata.components.some((component) => component.name === 'statestore' && component.type === 'state.sqlite'));
  const labels = metadata.extended instanceof Map ? metadata.extended.get('colour') : metadata.extended.colour;
  assert.equal(labels, 'green');
});

scenario('http grpc', 'health', 'a sidecar is healthy', async ({ client }) => {
  assert.equal(await client.health.isHealthy(), true);
});
