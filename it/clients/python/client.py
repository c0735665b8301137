"""Debian's python3-consul, one client on each of the servers given as HOST:PORT arguments.

Keys, locks, a service with an HTTP check, blocking queries, events, prepared queries. Ends with 0 when every answer was as expected.

The package is older than Consul 1.0, which has since refused what it asks with GET though it changes something: TTL updates and
deregistrations. Those are asked with the package's own HTTP client instead.
"""

import http.server

import sys
import threading
import time

import consul
from consul.base import CB

one, two, three = [consul.Consul(host=host, port=int(port)) for host, port in (a.split(":") for a in sys.argv[1:4])]


def expect(actual, wanted):
    if actual != wanted:
        raise AssertionError("%r, not %r" % (actual, wanted))


def eventually(what, wanted):
    """Asks until the answer is true, at most 20 s."""
    end = time.monotonic() + 20
    while not wanted():
        if time.monotonic() > end:
            raise AssertionError("not within 20 s: " + what)
        time.sleep(0.1)


def keys():
    expect(one.kv.put("python/a", "1"), True)
    expect(one.kv.put("python/b/c", "ü".encode(), flags=5), True)
    index, pair = two.kv.get("python/b/c")
    expect(pair["Value"].decode(), "ü")
    expect(pair["Flags"], 5)
    expect(int(index) >= pair["ModifyIndex"], True)
    expect(two.kv.put("python/a", "2", cas=pair["ModifyIndex"]), False)
    expect(two.kv.get("python/", keys=True, separator="/")[1], ["python/a", "python/b/"])
    expect(len(three.kv.get("python/", recurse=True)[1]), 2)
    expect(one.kv.get("python/missing")[1], None)
    expect(one.kv.delete("python/b", recurse=True), True)
    expect(two.kv.get("python/", keys=True)[1], ["python/a"])


def blocking():
    one.kv.put("python/watched", "first")
    index, _ = two.kv.get("python/watched")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(two.kv.get("python/watched", index=index, wait="15s")))
    waiting.start()
    one.kv.put("python/other", "must not wake it")
    one.kv.put("python/watched", "second")
    waiting.join(20)
    expect(answers[0][1]["Value"], b"second")
    expect(int(answers[0][0]) > int(index), True)


def lock():
    mine = one.session.create(name="python", ttl=30, lock_delay=0)
    other = two.session.create(name="rival", behavior="delete", lock_delay=0)
    expect(two.session.info(mine)[1]["Name"], "python")
    expect(one.session.renew(mine)["ID"], mine)
    expect(other in [session["ID"] for session in one.session.list()[1]], True)
    expect([s["ID"] for s in one.session.node("n1")[1] if s["ID"] in (mine, other)], [mine])
    expect(one.kv.put("python/lock", "mine", acquire=mine), True)
    expect(two.kv.put("python/lock", "other's", acquire=other), False)
    expect(three.kv.get("python/lock")[1]["Session"], mine)
    expect(one.session.destroy(mine), True)
    eventually("the rival gets the lock", lambda: two.kv.put("python/lock", "other's", acquire=other))
    expect(two.session.destroy(other), True)
    expect(one.kv.get("python/lock")[1], None)


class Health(http.server.BaseHTTPRequestHandler):
    """What the HTTP check asks."""

    status = 200

    def do_GET(self):
        body = b"all well" if Health.status == 200 else b"broken"
        self.send_response(Health.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def asked_with_put(client, path):
    return client.http.put(CB.bool(), path)


def service():
    health = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Health)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    check = consul.Check.http("http://127.0.0.1:%d/" % health.server_port, "1s")
    expect(one.agent.service.register("python-web", "python-web-1", "127.0.0.41", 8080, ["v1"], check), True)
    expect(one.agent.services()["python-web-1"]["Port"], 8080)
    eventually("it is passing on n3", lambda: len(three.health.service("python-web", passing=True)[1]) == 1)
    expect("all well" in one.agent.checks()["service:python-web-1"]["Output"], True)
    found = three.health.service("python-web", passing=True)[1][0]
    expect(found["Service"]["Address"], "127.0.0.41")
    expect(found["Service"]["Tags"], ["v1"])
    expect(two.catalog.services()[1]["python-web"], ["v1"])
    expect(two.catalog.service("python-web", tag="v1")[1][0]["ServicePort"], 8080)
    expect(two.catalog.service("python-web", tag="v2")[1], [])
    index, _ = two.health.service("python-web", passing=True)
    Health.status = 503
    eventually("it is critical on n2", lambda: two.health.service("python-web", passing=True, index=index, wait="5s")[1] == [])
    expect("broken" in two.health.checks("python-web")[1][0]["Output"], True)
    expect(one.agent.service.maintenance("python-web-1", "true", "a test"), True)
    eventually("maintenance is seen on n2", lambda: len(two.health.checks("python-web")[1]) == 2)
    expect(one.agent.check.register("a check of the node", consul.Check.ttl("10m"), check_id="python-node"), True)
    expect(one.agent.check.ttl_pass("python-node"), False)
    expect(asked_with_put(one, "/v1/agent/check/pass/python-node"), True)
    expect(one.agent.checks()["python-node"]["Status"], "passing")
    expect(asked_with_put(one, "/v1/agent/check/deregister/python-node"), True)
    expect(one.agent.service.deregister("python-web-1"), False)
    expect(asked_with_put(one, "/v1/agent/service/deregister/python-web-1"), True)
    eventually("n2's catalog forgets it", lambda: two.catalog.service("python-web")[1] == [])
    health.shutdown()


def catalog():
    expect({"n1", "n2", "n3"} <= {node["Node"] for node in one.catalog.nodes()[1]}, True)
    expect(one.catalog.datacenters(), ["dc1"])
    expect(two.status.leader().endswith(":8300"), True)
    expect(len(two.status.peers()), 3)
    expect(len(one.agent.members()), 3)
    expect(one.agent.self()["Config"]["Datacenter"], "dc1")
    expect(two.health.node("n1")[1][0]["CheckID"], "serfHealth")
    expect("serfHealth" in [check["CheckID"] for check in three.health.state("passing")[1]], True)
    expect(one.catalog.register("outside", "10.9.9.9", service={"Service": "python-printer", "Port": 631}), True)
    expect(two.catalog.node("outside")[1]["Services"]["python-printer"]["Port"], 631)
    expect(one.catalog.deregister("outside"), True)
    expect(two.catalog.node("outside")[1], None)


def event():
    fired = one.event.fire("python-deploy", "v2")
    eventually(
        "the event is seen on n3",
        lambda: [seen["Payload"] for seen in three.event.list("python-deploy")[1] if seen["ID"] == fired["ID"]] == [b"v2"],
    )


def query():
    created = one.query.create("consul", name="python-find")["ID"]
    expect(two.query.get(created)[0]["Name"], "python-find")
    expect(len(three.query.execute("python-find")["Nodes"]), 3)
    expect(two.query.delete(created), True)


for step in (keys, blocking, lock, service, catalog, event, query):
    step()
    print("ok", step.__name__, flush=True)
one.kv.delete("python/", recurse=True)
