// node run.mjs --http APP_PORT,DAPR_PORT --grpc APP_PORT,DAPR_PORT --shutdown HTTP_PORT,GRPC_PORT --configuration FILE [--only REGEX]
// Prints "up" once its apps listen, waits for a line that says that the sidecars have found them, then a line per scenario.
import { once } from 'node:events';
import fs from 'node:fs';
import { App, scenarios, setups } from './bed.mjs';

const options = {};
for (let i = 2; i < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];
const folder = new URL('./scenarios/', import.meta.url);
for (const file of fs.readdirSync(folder).sort()) await import(new URL(file, folder));

const ports = (text) => { const [app, dapr] = text.split(','); return { app, dapr }; };
const apps = { http: new App('http', ports(options.http)), grpc: new App('grpc', ports(options.grpc)) };
const shutdown = ports(options.shutdown);
for (const app of Object.values(apps)) {
  app.configurationFile = options.configuration;
  app.shutdownPort = app.protocol === 'http' ? shutdown.app : shutdown.dapr;
  for (const prepare of setups) await prepare(app);
  await app.server.start();
}

console.log('up');
await once(process.stdin, 'data');

let failed = 0;
for (const { protocol, title, run } of scenarios) {
  if (options.only && !new RegExp(options.only).test(title)) continue;
  try {
    await run(apps[protocol], apps);
    console.log(`ok   ${title}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${title} | ${String(error?.stack ?? error).replaceAll('\n', ' ')}`);
  }
}

process.exit(failed ? 1 : 0);
