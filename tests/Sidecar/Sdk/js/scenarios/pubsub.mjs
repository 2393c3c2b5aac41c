import assert from 'node:assert/strict';
import { DaprPubSubStatusEnum } from '@dapr/dapr';
import { eventually, failure, fresh, scenario, setup } from '../bed.mjs';

const pubsub = 'pubsub';
const { DROP, RETRY, SUCCESS } = DaprPubSubStatusEnum;

setup(async (app) => {
  const { pubsub: subscriptions } = app.server;
  const topic = (name) => `${name}-${app.protocol}`;
  const see = (place) => async (data) => app.saw(place, data);
  await subscriptions.subscribe(pubsub, topic('plain'), see('plain'));
  await subscriptions.subscribe(pubsub, topic('raw'), see('raw'), undefined, { rawPayload: true });
  await subscriptions.subscribeBulk(pubsub, topic('bulk'), see('bulk'), { maxMessagesCount: 10, maxAwaitDurationMs: 50 });
  await subscriptions.subscribeWithOptions(pubsub, topic('poison'), {
    deadLetterTopic: topic('dead'),
    callback: async (data) => { app.saw('poison', data); return DROP; },
  });
  await subscriptions.subscribe(pubsub, topic('dead'), see('dead'));
  await subscriptions.subscribe(pubsub, topic('again'), async (data) => {
    app.saw('again', data);
    return app.seen.get('again').filter((each) => each.id === data.id).length < 3 ? RETRY : SUCCESS;
  });
  const rules = [{ match: 'event.type == "big"', path: 'big' }, { match: 'event.data.size < 10', path: 'small' }];
  await subscriptions.subscribeWithOptions(pubsub, topic('routed'), { route: { rules, default: 'others' } });
  for (const route of ['big', 'small', 'others']) subscriptions.subscribeToRoute(pubsub, topic('routed'), route, see(route));
});

const publish = (app, topic, data, options) => app.client.pubsub.publish(pubsub, `${topic}-${app.protocol}`, data, options);
const withId = (values, id) => values.filter((value) => value.id === id);

const seesId = (app, place, id) => eventually(`${id} at ${place}`, () => {
  const found = withId(app.seen.get(place) ?? [], id);
  return found.length > 0 ? found : undefined;
});

scenario('http grpc', 'pub/sub', 'an object arrives', async (app) => {
  const id = fresh('object');
  await publish(app, 'plain', { id, text: 'grün' });
  assert.deepEqual(await seesId(app, 'plain', id), [{ id, text: 'grün' }]);
});

scenario('http grpc', 'pub/sub', 'text arrives', async (app) => {
  const before = app.seen.get('plain')?.length ?? 0;
  await publish(app, 'plain', 'only text');
  assert.equal((await app.sees('plain', before + 1)).at(-1), 'only text');
});

scenario('http grpc', 'pub/sub', "an app's own CloudEvent arrives", async (app) => {
  const id = fresh('event');
  const event = { specversion: '1.0', id, source: 'js', type: 'greeting', datacontenttype: 'application/json', data: { id } };
  await publish(app, 'plain', event, { contentType: 'application/cloudevents+json' });
  assert.deepEqual(await seesId(app, 'plain', id), [{ id }]);
});

scenario('http grpc', 'pub/sub', 'a raw payload arrives without an envelope', async (app) => {
  const id = fresh('raw');
  await publish(app, 'raw', { id }, { metadata: { rawPayload: 'true' } });
  assert.deepEqual(await seesId(app, 'raw', id), [{ id }]);
});

scenario('http grpc', 'pub/sub', 'events published together arrive', async (app) => {
  const ids = [fresh('one'), fresh('two'), fresh('three')];
  const answer = await app.client.pubsub.publishBulk(pubsub, `plain-${app.protocol}`, ids.map((id) => ({ id })));
  assert.deepEqual(answer, { failedMessages: [] });
  for (const id of ids) assert.equal((await seesId(app, 'plain', id)).length, 1);
});

scenario('http grpc', 'pub/sub', 'events delivered together arrive', async (app) => {
  const ids = Array.from({ length: 20 }, () => fresh('bulk'));
  await app.client.pubsub.publishBulk(pubsub, `bulk-${app.protocol}`, ids.map((event) => ({ event: { id: event }, entryID: event, contentType: 'application/json' })));
  for (const id of ids) assert.equal((await seesId(app, 'bulk', id)).length, 1);
});

scenario('http grpc', 'pub/sub', 'what is dropped goes to the dead letters', async (app) => {
  const id = fresh('poison');
  await publish(app, 'poison', { id });
  assert.deepEqual(await seesId(app, 'dead', id), [{ id }]);
  assert.equal(withId(app.seen.get('poison'), id).length, 1);
});

scenario('http grpc', 'pub/sub', 'what is refused comes again', async (app) => {
  const id = fresh('again');
  await publish(app, 'again', { id });
  const times = () => withId(app.seen.get('again') ?? [], id).length;
  await eventually('the third try', () => (times() >= 3 ? true : undefined));
  await publish(app, 'plain', { id });
  await seesId(app, 'plain', id);
  assert.equal(times(), 3);
});

scenario('http grpc', 'pub/sub', 'rules choose the route', async (app) => {
  const [big, small, other] = [fresh('big'), fresh('small'), fresh('other')];
  const event = (id, type, size) => ({ specversion: '1.0', id, source: 'js', type, datacontenttype: 'application/json', data: { id, size } });
  const cloud = { contentType: 'application/cloudevents+json' };
  await publish(app, 'routed', event(big, 'big', 100), cloud);
  await publish(app, 'routed', event(small, 'any', 1), cloud);
  await publish(app, 'routed', event(other, 'any', 100), cloud);
  assert.equal((await seesId(app, 'big', big)).length, 1);
  assert.equal((await seesId(app, 'small', small)).length, 1);
  assert.equal((await seesId(app, 'others', other)).length, 1);
});

scenario('http grpc', 'pub/sub', 'an unknown component is an error', async (app) => {
  assert.match(await failure(() => app.client.pubsub.publish('nowhere', 'a', { b: 1 })), /nowhere/);
  assert.match(await failure(() => app.client.pubsub.publishBulk('nowhere', 'a', [{ b: 1 }])), /nowhere/);
});
