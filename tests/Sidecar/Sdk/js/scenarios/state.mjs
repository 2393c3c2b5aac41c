import assert from 'node:assert/strict';
import { StateConcurrencyEnum, StateConsistencyEnum } from '@dapr/dapr';
import { eventually, failure, fresh, scenario } from '../bed.mjs';

const store = 'statestore';
const firstWrite = { concurrency: StateConcurrencyEnum.CONCURRENCY_FIRST_WRITE, consistency: StateConsistencyEnum.CONSISTENCY_STRONG };

scenario('http grpc', 'state', 'what is saved comes back', async ({ client }) => {
  const [object, text, number] = [fresh('object'), fresh('text'), fresh('number')];
  await client.state.save(store, [{ key: object, value: { a: [1, 'ü'] } }, { key: text, value: 'plain' }, { key: number, value: 42 }]);
  assert.deepEqual(await client.state.get(store, object), { a: [1, 'ü'] });
  assert.equal(await client.state.get(store, text), 'plain');
  assert.equal(await client.state.get(store, number), 42);
});

scenario('http grpc', 'state', 'a missing key is empty', async ({ client }) => {
  assert.equal(await client.state.get(store, fresh('missing')), '');
});

scenario('http grpc', 'state', 'many keys come back at once', async ({ client }) => {
  const keys = [fresh('bulk'), fresh('bulk'), fresh('missing')];
  await client.state.save(store, keys.slice(0, 2).map((key) => ({ key, value: { key } })));
  const entries = new Map((await client.state.getBulk(store, keys)).map((entry) => [entry.key, entry]));
  for (const key of keys.slice(0, 2)) {
    assert.deepEqual(entries.get(key).data, { key });
    assert.ok(entries.get(key).etag);
  }
  assert.ok(!entries.get(keys[2]).data);
});

scenario('http grpc', 'state', 'what is deleted is gone', async ({ client }) => {
  const key = fresh('deleted');
  await client.state.save(store, [{ key, value: 'x' }]);
  await client.state.delete(store, key);
  assert.equal(await client.state.get(store, key), '');
});

scenario('http grpc', 'state', 'a stale etag saves and deletes nothing', async ({ client }) => {
  const key = fresh('etag');
  await client.state.save(store, [{ key, value: 'first' }]);
  const [{ etag }] = await client.state.getBulk(store, [key]);
  await client.state.save(store, [{ key, value: 'second', etag, options: firstWrite }]);
  assert.match(await failure(() => client.state.save(store, [{ key, value: 'third', etag, options: firstWrite }])), /etag/i);
  assert.match(await failure(() => client.state.delete(store, key, { etag, ...firstWrite })), /etag/i);
  assert.equal(await client.state.get(store, key), 'second');
});

scenario('http grpc', 'state', 'a transaction saves and deletes', async ({ client }) => {
  const [kept, gone] = [fresh('kept'), fresh('gone')];
  await client.state.save(store, [{ key: gone, value: 'x' }]);
  await client.state.transaction(store, [
    { operation: 'upsert', request: { key: kept, value: 'y' } },
    { operation: 'delete', request: { key: gone } },
  ]);
  assert.equal(await client.state.get(store, kept), 'y');
  assert.equal(await client.state.get(store, gone), '');
});

scenario('http grpc', 'state', 'a time to live ends', async ({ client }) => {
  const key = fresh('short');
  await client.state.save(store, [{ key, value: 'x', metadata: { ttlInSeconds: '1' } }]);
  await eventually('the key is gone', async () => ((await client.state.get(store, key)) === '' ? true : undefined));
});

scenario('http grpc', 'state', 'an unknown store is an error', async ({ client }) => {
  assert.match(await failure(() => client.state.save('nowhere', [{ key: 'a', value: 'b' }])), /nowhere/);
  assert.match(await failure(() => client.state.get('nowhere', 'a')), /nowhere/);
});
