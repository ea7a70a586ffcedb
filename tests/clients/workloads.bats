# Programs that people run, on a Debian root file system, under husk's own profile with docker's 14 capabilities and
# noNewPrivileges. tests/clients/run makes the root file system.
load ../integration/bundle

setup() {
  local layers=$BATS_TEST_TMPDIR/layers
  bundle_make
  rm -rf --one-file-system "$ROOTFS"
  mkdir -p "$ROOTFS" "$layers"
  mount -t tmpfs -o mode=755 husk-workload "$layers"
  mkdir "$layers/upper" "$layers/work"
  mount -t overlay -o "lowerdir=${HUSK_WORKLOADS_ROOT:?see tests/clients/run},upperdir=$layers/upper,workdir=$layers/work" \
    husk-workload "$ROOTFS"
  "$HUSK" seccomp default >"$BATS_TEST_TMPDIR/profile.json"
  config '.linux.seccomp = $profile[0] | .root.readonly = false
    | .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]}]' \
    --slurpfile profile "$BATS_TEST_TMPDIR/profile.json"
}

teardown() {
  umount "$ROOTFS" "$BATS_TEST_TMPDIR/layers"
  bundle_end
}

# workload TEXT: a shell script that must succeed; it ends at its first failure, and has a timeout.
workload() {
  program timeout --signal KILL 50 sh -c "set -eu
$1"
  launch
  succeeded
}

# For the shell inside: tries a command for ten seconds.
WAIT='until_works() { i=0; until "$@" >/dev/null 2>&1; do i=$((i + 1)); [ $i -lt 100 ] || { "$@"; return 1; }; sleep 0.1; done; }'

@test "the profile denies namespaces, keyrings, io_uring and the hypervisor's sockets" {
  workload 'grep -x "Seccomp:	2" /proc/self/status; grep -x "NoNewPrivs:	1" /proc/self/status
grep -x "CapBnd:	00000000a80425fb" /proc/self/status
python3 - <<P
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def errno_of(*call):
    assert libc.syscall(*call) == -1, call
    return ctypes.get_errno()
assert errno_of(272, 0x10000000) == errno.EPERM  # unshare
assert errno_of(250, 0, 0) == errno.EPERM        # keyctl
assert errno_of(425, 1, 0) == errno.EPERM        # io_uring_setup
assert errno_of(435, 0, 0) == errno.ENOSYS       # clone3
for family in 38, 40:
    try:
        socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        assert error.errno == errno.EAFNOSUPPORT, error
    else:
        raise AssertionError(family)
print("refused")
P'
  says refused
}

@test "apt: updates from a repository of files, installs, removes" {
  workload 'mkdir -p /repo /tmp/p/DEBIAN /tmp/p/usr/share/hello; echo hi >/tmp/p/usr/share/hello/text
printf "Package: husk-hello\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <nobody@example.org>\nDescription: hello\n" >/tmp/p/DEBIAN/control
printf "#!/bin/sh\nset -e\nuseradd --system --no-create-home hello-user\n" >/tmp/p/DEBIAN/postinst; chmod 755 /tmp/p/DEBIAN/postinst
dpkg-deb --build --root-owner-group /tmp/p /repo/husk-hello.deb
cd /repo
{ dpkg-deb --field husk-hello.deb; echo Filename: ./husk-hello.deb; echo "Size: $(stat -c %s husk-hello.deb)"
  echo "SHA256: $(sha256sum husk-hello.deb | cut -d " " -f 1)"; } >Packages
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*
echo "deb [trusted=yes] file:/repo ./" >/etc/apt/sources.list
apt-get update && apt-get install -y husk-hello
grep -x hi /usr/share/hello/text; getent passwd hello-user; dpkg --verify husk-hello
apt-get remove -y husk-hello; [ ! -e /usr/share/hello/text ]; echo all done'
  says 'Setting up husk-hello' 'Removing husk-hello' 'all done'
}

@test "python: threads, processes, sockets, asyncio, shared memory, sqlite" {
  workload 'python3 - <<P
import asyncio, concurrent.futures, hashlib, multiprocessing, os, socket, sqlite3, ssl, subprocess, sys, tempfile, threading
from multiprocessing import shared_memory
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(lambda n: n * n, range(100))) == 328350
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
assert subprocess.run(["sort"], input=b"b\na\n", capture_output=True, check=True).stdout == b"a\nb\n"
listener = socket.create_server(("127.0.0.1", 0))
def serve():
    peer, _ = listener.accept()
    peer.sendall(peer.recv(9)[::-1])
thread = threading.Thread(target=serve); thread.start()
client = socket.create_connection(listener.getsockname()); client.sendall(b"abc")
assert client.recv(9) == b"cba"; thread.join()
async def run():
    process = await asyncio.create_subprocess_exec("true")
    return await process.wait()
assert asyncio.run(run()) == 0
memory = shared_memory.SharedMemory(create=True, size=100); memory.buf[0] = 7; memory.close(); memory.unlink()
with tempfile.TemporaryDirectory() as directory:
    base = sqlite3.connect(directory + "/x.db"); base.execute("create table t (a)"); base.execute("insert into t values (42)")
    base.commit(); assert base.execute("select a from t").fetchone() == (42,)
ssl.create_default_context(); os.getrandom(8); os.sched_getaffinity(0); os.posix_fallocate(os.memfd_create("x"), 0, 100)
print("all done")
P'
  says 'all done'
}

@test "node: workers, processes, files, an HTTP server and its client" {
  workload 'cat >/tmp/x.js <<P
const assert = require("assert"), { Worker } = require("worker_threads"), http = require("http"), fs = require("fs");
const { execFileSync, fork } = require("child_process"), crypto = require("crypto"), zlib = require("zlib");
(async () => {
  const sums = await Promise.all([1, 2, 3].map((n) => new Promise((good, bad) => {
    const worker = new Worker("require(\"worker_threads\").parentPort.postMessage(" + n + " * 2)", { eval: true });
    worker.on("message", good); worker.on("error", bad);
  })));
  assert.deepStrictEqual(sums, [2, 4, 6]);
  assert.strictEqual(execFileSync("echo", ["hi"]).toString(), "hi\n");
  await fs.promises.writeFile("/tmp/f", "text"); assert.strictEqual(await fs.promises.readFile("/tmp/f", "utf8"), "text");
  const seen = new Promise((good) => fs.watch("/tmp", good)); fs.writeFileSync("/tmp/g", ""); await seen;
  await new Promise((good, bad) => crypto.pbkdf2("a", "b", 1000, 32, "sha256", (e) => e ? bad(e) : good()));
  assert.strictEqual(zlib.gunzipSync(zlib.gzipSync("z")).toString(), "z");
  const server = http.createServer((q, a) => a.end("served " + q.url)).listen(0, "127.0.0.1", () => {
    http.get({ host: "127.0.0.1", port: server.address().port, path: "/x" }, (a) => {
      a.on("data", (d) => { console.log(d.toString()); process.exit(0); });
    });
  });
})().catch((e) => { console.error(e); process.exit(1); });
P
node /tmp/x.js'
  says 'served /x'
}

@test "nginx: the daemon with workers of another user serves a file" {
  workload "$WAIT"'
mkdir -p /srv/www; head -c 300000 /dev/urandom >/srv/www/file
cat >/etc/nginx/nginx.conf <<P
user www-data; worker_processes 2; error_log /tmp/error.log info; pid /tmp/nginx.pid;
events { worker_connections 64; }
http { access_log /tmp/access.log; sendfile on; aio threads; server { listen 80; root /srv/www; } }
P
nginx
until_works curl -fsS http://127.0.0.1/file -o /tmp/got
cmp /tmp/got /srv/www/file
[ "$(curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1/none)" = 404 ]
nginx -s reload; until_works curl -fsS http://127.0.0.1/file -o /tmp/got
nginx -s quit; grep -c "GET /file" /tmp/access.log >/dev/null; echo all done'
  says 'all done'
}

@test "postgres: initdb, start, a query by several clients, a stop" {
  workload "$WAIT"'
cd /tmp; bin=$(echo /usr/lib/postgresql/*/bin)
as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
mkdir /tmp/data; chown postgres: /tmp/data
as $bin/initdb -D /tmp/data --auth trust --locale C.UTF-8 >/tmp/initdb.log 2>&1 || { cat /tmp/initdb.log; exit 1; }
as $bin/pg_ctl -D /tmp/data -l /tmp/data/log -o "-c unix_socket_directories=/tmp" -w start || { cat /tmp/data/log; exit 1; }
as psql -h 127.0.0.1 -qc "create table t as select generate_series(1, 1000) n"
as psql -h /tmp -Atc "set max_parallel_workers_per_gather = 2; select (select sum(n) from t), count(*) from generate_series(1, 100000)"
as psql -h /tmp -qc "create index on t (n)" -c "vacuum analyze t" -c checkpoint
as $bin/pgbench -h /tmp -i -q postgres >/dev/null 2>&1
as $bin/pgbench -h /tmp -c 4 -t 10 postgres | grep "processed: 40/40"
as $bin/pg_ctl -D /tmp/data -w -m fast stop'
  says '500500|100000' 'processed: 40/40' 'server stopped'
}

@test "redis: set, get, a script, a dump by a forked process" {
  workload "$WAIT"'
cd /tmp; redis-server --daemonize yes --dir /tmp --logfile /tmp/log --port 6379 --io-threads 2 >/dev/null
until_works redis-cli ping
redis-cli set key value; redis-cli get key
redis-cli eval "return redis.call(\"incrby\", \"n\", 41) + 1" 0
redis-cli bgsave; until_works test -s /tmp/dump.rdb
redis-cli shutdown save || true; grep "DB saved on disk" /tmp/log'
  says OK value 42 'DB saved on disk'
}
