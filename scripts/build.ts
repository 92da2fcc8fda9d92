import { chmodSync } from "node:fs";
import { build, type Plugin } from "esbuild";

/**
 * One file that needs nothing beside it. CommonJS, so that the check of the Node version comes before anything that
 * an older Node could stumble over, and syntax that Node 14 parses, so that it comes to say so.
 */
const NODE_CHECK = [
  "#!/usr/bin/env node",
  '"use strict";',
  '(function () { var v = process.versions.node.split("."); if (+v[0] < 22 || (+v[0] === 22 && +v[1] < 19)) {',
  '  process.stderr.write("netverdict needs Node 22.19 or newer; this is Node " + process.versions.node + "\\n"); process.exit(2); } })();',
  // Half of the start-up time is compiling; Node 22.1 and later can keep the result.
  'try { require("node:module").enableCompileCache(); } catch (error) {}',
].join("\n");

/**
 * Of the Kubernetes client only its kubeconfig and credentials are used, never its typed API: leaving its 900 generated
 * models out takes two thirds of the bundle and half a second of every command that talks to a cluster.
 */
const withoutTypedApi: Plugin = {
  name: "without-typed-api",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer.endsWith("client-node/dist/config.js")
        ? { path: "typed-api", namespace: "left-out" }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({
      contents: `
        const leftOut = () => { throw new Error("the typed Kubernetes API is not in this bundle"); };
        export const createConfiguration = leftOut;
        export class ServerConfiguration { constructor() { leftOut(); } }
      `,
    }));
  },
};

const OUTFILE = "dist/netverdict.cjs";

const result = await build({
  entryPoints: ["src/cli/netverdict.ts"],
  outfile: OUTFILE,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "es2020",
  // Node 14.6 parses these too; written out as WeakMaps they cost a tenth of the processor's time.
  supported: {
    "class-field": true,
    "class-private-accessor": true,
    "class-private-field": true,
    "class-private-method": true,
  },
  banner: { js: NODE_CHECK },
  legalComments: "none",
  minifySyntax: true,
  minifyWhitespace: true,
  define: { "import.meta.url": '"file:///netverdict"' },
  plugins: [withoutTypedApi],
  metafile: true,
  logLevel: "warning",
});
chmodSync(OUTFILE, 0o755);
const bytes = result.metafile.outputs[OUTFILE]?.bytes ?? 0;
process.stdout.write(`${OUTFILE}: ${(bytes / 1024 / 1024).toFixed(2)} MB\n`);
