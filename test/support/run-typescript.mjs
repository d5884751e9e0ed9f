// node run-typescript.mjs FILE ARG...: calls main(ARG...) of a TypeScript file, in a process that may crash.
import { createViteServer } from 'vitest/node';

const [file = '', ...args] = process.argv.slice(2);
const server = await createViteServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true, include: [] },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
});
try {
  const { main } = await server.ssrLoadModule(file);
  await main(...args);
} finally {
  await server.close();
}
