"use strict";

// The npm package `consul`, one client on each of the servers given as HOST:PORT arguments: keys, locks, a transaction, a service with
// a TTL check, watches, events, prepared queries. Ends with 0 when every answer was as expected. (The package answers undefined where the
// API answers false.)

const assert = require("node:assert/strict");
const Consul = require("consul");

const clients = process.argv.slice(2).map((address) => {
  const [host, port] = address.split(":");
  return new Consul({ host, port: Number(port) });
});
const [one, two, three] = clients;

/** Asks until the answer is as wanted, at most 20 s. */
async function eventually(what, wanted) {
  const end = Date.now() + 20_000;
  for (;;) {
    if (await wanted()) return;
    if (Date.now() > end) assert.fail(`not within 20 s: ${what}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}

/** Follows a method; `last()` is the newest answer. */
function follow(client, method, options) {
  const watch = client.watch({ method, options, backoffFactor: 100 });
  let newest;
  watch.on("change", (data) => (newest = data));
  watch.on("error", (error) => console.log(`watch: ${error.message}`));
  return { last: () => newest, end: () => watch.end() };
}

const steps = {
  async keys() {
    assert.equal(await one.kv.set("npm/a", "1"), true);
    assert.equal(await one.kv.set({ key: "npm/b/c", value: "ü", flags: 5 }), true);
    const pair = await two.kv.get("npm/b/c");
    assert.equal(pair.Value, "ü");
    assert.equal(pair.Flags, 5);
    assert.ok(!(await two.kv.set({ key: "npm/a", value: "2", cas: String(pair.ModifyIndex) })));
    assert.deepEqual(await two.kv.keys({ key: "npm/", separator: "/" }), ["npm/a", "npm/b/"]);
    assert.equal((await three.kv.get({ key: "npm/", recurse: true })).length, 2);
    assert.equal(await one.kv.get("npm/missing"), undefined);
    assert.equal(await one.kv.del({ key: "npm/b", recurse: true }), true);
    assert.deepEqual(await two.kv.keys("npm/"), ["npm/a"]);
  },

  async watch() {
    const seen = follow(two, two.kv.get, { key: "npm/watched" });
    for (const value of ["first", "second"]) {
      await one.kv.set("npm/watched", value);
      await eventually(`the watch sees ${value}`, () => seen.last()?.Value === value);
    }
    seen.end();
  },

  async lock() {
    const mine = (await one.session.create({ name: "npm", ttl: "30s", lockDelay: "0s" })).ID;
    const other = (await two.session.create({ name: "rival", behavior: "delete", lockDelay: "0s" })).ID;
    assert.equal((await two.session.get(mine)).Name, "npm");
    assert.equal((await one.session.renew(mine))[0].ID, mine);
    assert.ok((await one.session.list()).some((session) => session.ID === other));
    assert.equal(await one.kv.set({ key: "npm/lock", value: "mine", acquire: mine }), true);
    assert.ok(!(await two.kv.set({ key: "npm/lock", value: "other's", acquire: other })));
    assert.equal((await three.kv.get("npm/lock")).Session, mine);
    await one.session.destroy(mine);
    await eventually("the rival gets the lock", () =>
      two.kv.set({ key: "npm/lock", value: "other's", acquire: other }),
    );
    await two.session.destroy(other);
    assert.equal(await one.kv.get("npm/lock"), undefined, "behavior delete");
  },

  async transaction() {
    const value = Buffer.from("txn").toString("base64");
    const done = await one.transaction.create([
      { KV: { Verb: "set", Key: "npm/txn/a", Value: value } },
      { KV: { Verb: "get", Key: "npm/txn/a" } },
    ]);
    assert.equal(done.Errors, null);
    assert.equal(done.Results[1].KV.Value, value);
    await assert.rejects(
      one.transaction.create([
        { KV: { Verb: "delete", Key: "npm/txn/a" } },
        { KV: { Verb: "check-index", Key: "npm/txn/a", Index: 1 } },
      ]),
      (error) => error.statusCode === 409,
    );
    assert.equal((await two.kv.get("npm/txn/a")).Value, "txn");
  },

  async service() {
    const seen = follow(three, three.health.service, { service: "npm-web", passing: true });
    await one.agent.service.register({
      id: "npm-web-1",
      name: "npm-web",
      tags: ["v1"],
      address: "127.0.0.31",
      port: 8080,
      meta: { zone: "a" },
      check: { ttl: "600s", notes: "kept by the client" },
    });
    assert.equal((await one.agent.service.list())["npm-web-1"].Port, 8080);
    assert.ok("service:npm-web-1" in (await one.agent.check.list()));
    await one.agent.check.pass({ id: "service:npm-web-1", note: "all well" });
    await eventually("it is passing on n3", () => seen.last()?.length === 1);
    const [found] = seen.last();
    assert.equal(found.Service.Address, "127.0.0.31");
    assert.deepEqual(found.Service.Tags, ["v1"]);
    assert.deepEqual(found.Service.Meta, { zone: "a" });
    assert.ok((await two.catalog.service.list())["npm-web"].includes("v1"));
    assert.equal((await two.catalog.service.nodes("npm-web"))[0].ServicePort, 8080);
    await one.agent.check.fail("service:npm-web-1");
    await eventually("it is critical on n3", () => seen.last().length === 0);
    assert.equal((await two.health.checks("npm-web"))[0].Status, "critical");
    await one.agent.service.maintenance({ id: "npm-web-1", enable: true, reason: "a test" });
    await eventually("maintenance is seen on n2", async () => (await two.health.checks("npm-web")).length === 2);
    await one.agent.service.deregister("npm-web-1");
    await eventually("n2's catalog forgets it", async () =>
      (await two.catalog.service.nodes("npm-web")).length === 0);
    seen.end();
  },

  async catalog() {
    const nodes = (await one.catalog.node.list()).map((node) => node.Node);
    for (const name of ["n1", "n2", "n3"]) assert.ok(nodes.includes(name), `${name} in ${nodes}`);
    assert.deepEqual(await one.catalog.datacenters(), ["dc1"]);
    assert.match(await two.status.leader(), /:8300$/);
    assert.equal((await two.status.peers()).length, 3);
    assert.equal((await one.agent.members()).length, 3);
    assert.equal((await one.agent.self()).Config.Datacenter, "dc1");
    assert.equal((await two.health.node("n1"))[0].CheckID, "serfHealth");
  },

  async event() {
    const fired = await one.event.fire("npm-deploy", "v2");
    assert.equal(fired.Payload, "v2");
    await eventually("the event is seen on n3", async () =>
      (await three.event.list("npm-deploy")).some((seen) => seen.ID === fired.ID && seen.Payload === "v2"),
    );
  },

  async query() {
    const { ID } = await one.query.create({ name: "npm-find", service: { service: "consul" } });
    assert.equal((await two.query.get(ID)).Name, "npm-find");
    assert.equal((await three.query.execute("npm-find")).Nodes.length, 3);
    await two.query.destroy(ID);
    await assert.rejects(one.query.get(ID), (error) => error.statusCode === 404);
  },
};

(async () => {
  for (const [name, step] of Object.entries(steps)) {
    await step();
    console.log(`ok ${name}`);
  }
  await one.kv.del({ key: "npm/", recurse: true });
  // Its keep-alive connections would hold the process.
  process.exit(0);
})().catch((error) => {
  console.error(error.stack, error.response?.body ?? "");
  process.exit(1);
});
