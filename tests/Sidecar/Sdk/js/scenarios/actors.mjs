import assert from 'node:assert/strict';
import { AbstractActor, ActorId, ActorProxyBuilder, Temporal } from '@dapr/dapr';
import { eventually, failure, fresh, scenario, setup } from '../bed.mjs';

const second = Temporal.Duration.from({ seconds: 1 });

// The SDK hosts actors over HTTP only; their sidecar takes calls over both. Over gRPC the SDK names no content type, so its host cannot
// read arguments: most methods have none.
class Counter extends AbstractActor {
  async count() {
    const [isThere, value] = await this.getStateManager().tryGetState('count');
    return isThere ? value : 0;
  }

  async add(number) {
    const sum = (await this.count()) + number;
    await this.getStateManager().setState('count', sum);
    return sum;
  }

  async increment() {
    return this.add(1);
  }

  // Two turns at once would both read before either writes.
  async incrementSlowly() {
    const before = await this.count();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await this.getStateManager().setState('count', before + 1);
  }

  async fail() {
    throw new Error('the till is closed');
  }

  async startReminder() {
    await this.registerActorReminder('often', second, second, undefined, 5);
  }

  async stopReminder() {
    await this.unregisterActorReminder('often');
  }

  async receiveReminder(data) {
    await this.add(data);
  }

  async startTimer() {
    await this.registerActorTimer('often', 'add', second, second, undefined, 3);
  }

  async stopTimer() {
    await this.unregisterActorTimer('often');
  }
}

setup(async (app) => {
  if (app.protocol !== 'http') return;
  await app.server.actor.init();
  app.server.actor.registerActor(Counter);
});

const counter = ({ client }) => {
  const id = fresh('counter');
  return { id, proxy: new ActorProxyBuilder(Counter, client).build(new ActorId(id)) };
};

scenario('http grpc', 'actors', 'a method is called and its state stays', async (app) => {
  const { proxy } = counter(app);
  assert.equal(await proxy.increment(), 1);
  assert.equal(await proxy.increment(), 2);
  assert.equal(await proxy.count(), 2);
});

scenario('http', 'actors', 'a method is given its argument', async (app) => {
  const { proxy } = counter(app);
  assert.equal(await proxy.add(7), 7);
});

scenario('http grpc', 'actors', 'state is stored with the turn', async (app, { http }) => {
  const { id, proxy } = counter(app);
  await proxy.increment();
  const answer = await fetch(`http://127.0.0.1:${http.ports.dapr}/v1.0/actors/Counter/${id}/state/count`);
  assert.equal(await answer.text(), '1');
});

scenario('http grpc', 'actors', 'turns do not interleave', async (app) => {
  const { proxy } = counter(app);
  await Promise.all(Array.from({ length: 10 }, () => proxy.incrementSlowly()));
  assert.equal(await proxy.count(), 10);
});

scenario('http grpc', 'actors', 'a method that fails is an error', async (app) => {
  const { proxy } = counter(app);
  await failure(() => proxy.fail());
  assert.equal(await proxy.increment(), 1);
});

scenario('http grpc', 'actors', 'a reminder comes until it is taken back', async (app) => {
  const { proxy } = counter(app);
  await proxy.startReminder();
  await comesUntil(proxy, () => proxy.stopReminder(), 10);
});

scenario('http grpc', 'actors', 'a timer calls a method until it is taken back', async (app) => {
  const { proxy } = counter(app);
  await proxy.startTimer();
  await comesUntil(proxy, () => proxy.stopTimer(), 6);
});

async function comesUntil(proxy, stop, twice) {
  await eventually('it came twice', async () => ((await proxy.count()) >= twice ? true : undefined));
  await stop();
  // One that was already on its way may still come.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const count = await proxy.count();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.equal(await proxy.count(), count);
}
