// The driver of the conformance table for Deno: README.md says what a driver is.
// The operations are those of Deno, and where it has none, those that it offers
// under Node's names.

import fs from "node:fs";
import os from "node:os";
import dns from "node:dns/promises";
import process from "node:process";
import { execSync } from "node:child_process";

const UNSEEN = Symbol("unseen");
const unseen = () => UNSEEN;
const [attemptsFile] = Deno.args;

function pathOf(attempt, name = "path") {
  if (attempt.form === "url" && name === "path") return new URL(attempt.url);
  return attempt[name];
}

function opened(attempt) {
  const write = (attempt.flags ?? []).includes("w");
  return Deno.openSync(pathOf(attempt), { read: !write, write });
}

// What an operation gives, on an open file that is closed afterwards.
function onHandle(attempt, act) {
  const file = opened(attempt);
  try {
    return act(file);
  } finally {
    file.close();
  }
}

function readAll(file) {
  const bytes = new Uint8Array(4000);
  return new TextDecoder().decode(bytes.subarray(0, file.readSync(bytes) ?? 0));
}

async function within(promise, milliseconds = 5000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("late"),
      { code: "ETIMEDOUT" })), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function output(result) {
  return new TextDecoder().decode(result.stdout);
}

function spawn(attempt) {
  const [program, ...args] = attempt.argv;
  return output(new Deno.Command(program,
    { args, env: attempt.env, cwd: attempt.cwd, stdin: "null" }).outputSync());
}

function signal(attempt) {
  if (attempt.pid === "child") {
    const child = new Deno.Command("/usr/bin/sleep", { args: ["30"] }).spawn();
    try {
      child.kill(attempt.signal);
    } finally {
      try { child.kill("SIGKILL"); } catch { /* it ended */ }
    }
    return "";
  }
  const pid = { self: Deno.pid, parent: Deno.ppid }[attempt.pid] ?? attempt.pid;
  Deno.kill(pid, attempt.signal);
  return "";
}

const FACTS = {
  cpus: () => os.cpus().length,
  hostname: () => Deno.hostname(),
  loadavg: () => Deno.loadavg(),
  networkInterfaces: () => Deno.networkInterfaces(),
  osRelease: () => Deno.osRelease(),
  uid: () => Deno.uid(),
};

const OPERATIONS = {
  "fs.read": (a) => a.flags ? UNSEEN : Deno.readTextFileSync(pathOf(a)),
  "fs.write": (a) => Deno.writeTextFileSync(pathOf(a), a.text),
  "fs.append": (a) => Deno.writeTextFileSync(pathOf(a), a.text, { append: true }),
  "fs.create": (a) => Deno.writeTextFileSync(pathOf(a), a.text, { createNew: true }),
  "fs.truncate": (a) => Deno.truncateSync(pathOf(a), a.size),
  "fs.stat": (a) => Deno.statSync(pathOf(a)).size,
  "fs.lstat": (a) => Deno.lstatSync(pathOf(a)).size,
  "fs.access": unseen,
  "fs.statfs": (a) => fs.statfsSync(pathOf(a)).type,
  "fs.realpath": (a) => Deno.realPathSync(pathOf(a)),
  "fs.readlink": (a) => Deno.readLinkSync(pathOf(a)),
  "fs.list": (a) => [...Deno.readDirSync(pathOf(a))].map((e) => e.name).join(" "),
  "fs.watch": (a) => Deno.watchFs(pathOf(a)).close(),
  "fs.chdir": (a) => {
    const back = Deno.cwd();
    Deno.chdir(pathOf(a));
    Deno.chdir(back);
  },
  "fs.mkdir": (a) => Deno.mkdirSync(pathOf(a)),
  "fs.rmdir": (a) => fs.rmdirSync(pathOf(a)),
  "fs.remove": (a) => fs.unlinkSync(pathOf(a)),
  "fs.mkfifo": unseen,
  "fs.mkdtemp": (a) => fs.mkdtempSync(pathOf(a)),
  "fs.remove_tree": (a) => Deno.removeSync(pathOf(a), { recursive: true }),
  "fs.rename": (a) => Deno.renameSync(pathOf(a), a.to),
  "fs.link": (a) => Deno.linkSync(pathOf(a), a.to),
  "fs.copy": (a) => Deno.copyFileSync(pathOf(a), a.to),
  "fs.symlink": (a) => Deno.symlinkSync(a.target, pathOf(a)),
  "fs.chmod": (a) => Deno.chmodSync(pathOf(a), a.mode),
  "fs.chown": (a) => Deno.chownSync(pathOf(a), a.user, a.group),
  "fs.utimes": (a) => Deno.utimeSync(pathOf(a), a.time_ms / 1000, a.time_ms / 1000),
  "fs.setxattr": unseen,
  "handle.read": (a) => onHandle(a, readAll),
  "handle.write": (a) => onHandle(a, (f) => f.writeSync(new TextEncoder().encode(a.text))),
  "handle.stat": (a) => onHandle(a, (f) => f.statSync().size),
  "handle.sync": (a) => onHandle(a, (f) => f.syncSync()),
  "handle.truncate": (a) => onHandle(a, (f) => f.truncateSync(a.size)),
  "handle.utimes": (a) => onHandle(a, (f) => f.utimeSync(a.time_ms / 1000, a.time_ms / 1000)),
  "handle.chmod": unseen,
  "handle.chown": unseen,
  "net.connect": async (a) =>
    (await within(Deno.connect({ hostname: a.host, port: a.port }))).close(),
  // Only with an unstable flag.
  "net.send": unseen,
  "net.listen": (a) => Deno.listen({ hostname: a.host, port: a.port }).close(),
  "net.resolve": async (a) => (await dns.lookup(a.host)).address,
  "net.socket": unseen,
  "unix.connect": async (a) => a.abstract ? UNSEEN :
    (await within(Deno.connect({ transport: "unix", path: pathOf(a) }))).close(),
  "unix.listen": (a) => a.abstract ? UNSEEN :
    Deno.listen({ transport: "unix", path: pathOf(a) }).close(),
  "process.spawn": spawn,
  "process.shell": (a) => String(execSync(a.code)),
  "process.signal": signal,
  "env.read": (a) => {
    const value = Deno.env.get(a.name);
    if (value === undefined) throw new Deno.errors.NotCapable("no such variable");
    return value;
  },
  "env.write": (a) => Deno.env.set(a.name, a.value),
  "env.delete": (a) => Deno.env.delete(a.name),
  "env.list": () => Object.keys(process.env).join(" "),
  "sys.info": (a) => FACTS[a.fact] ? JSON.stringify(FACTS[a.fact]()) : UNSEEN,
  "code.load": (a) => {
    try {
      Deno.dlopen(pathOf(a), {}).close();
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      if (!/invalid ELF|file too short|undefined symbol/.test(error.message)) throw error;
    }
  },
  "code.eval": (a) => String((0, eval)(a.code)),
  "thread.create": () => {
    new Worker("data:text/javascript,", { type: "module" }).terminate();
  },
  "plugin.call": unseen,
  // Deno answers these by itself: it does not ask the broker.
  "has": unseen,
};

function codeOf(error) {
  const os_error = /\(os error (\d+)\)/.exec(error.message ?? "");
  const named = os_error && Object.entries(os.constants.errno)
    .find(([, number]) => number === Number(os_error[1]));
  return error.code ?? named?.[0] ?? error.name;
}

function verdictOf(error) {
  const code = codeOf(error);
  const denied = error instanceof Deno.errors.NotCapable ||
    ["EACCES", "EPERM", "EXDEV", "ERR_ACCESS_DENIED"].includes(code) ||
    error instanceof Deno.errors.PermissionDenied;
  return { verdict: denied ? "denied" : "error", detail: `${code}: ${error.message}` };
}

async function tried(attempt) {
  try {
    const gave = await OPERATIONS[attempt.op](attempt);
    return gave === UNSEEN ? { verdict: "unseen", detail: "" }
      : { verdict: "granted", detail: String(gave ?? "").slice(0, 4000) };
  } catch (error) {
    return verdictOf(error);
  }
}

// The same in a worker, made for this attempt, of this very file.
function triedInWorker(attempt) {
  return new Promise((resolve) => {
    const worker = new Worker(import.meta.url, { type: "module" });
    const end = (verdict) => {
      worker.terminate();
      resolve(verdict);
    };
    worker.onmessage = (event) => end(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      end({ verdict: "error", detail: event.message });
    };
    worker.postMessage(attempt);
  });
}

function isUnseen(attempt) {
  return ["bytes", "dirfd"].includes(attempt.form) || attempt.path_hex !== undefined ||
    attempt.drop !== undefined || !(attempt.op in OPERATIONS);
}

if (typeof WorkerGlobalScope !== "undefined") {
  self.onmessage = async (event) => self.postMessage(await tried(event.data));
} else {
  for (const line of Deno.readTextFileSync(attemptsFile).split("\n")) {
    if (line === "") continue;
    const attempt = JSON.parse(line);
    const result = isUnseen(attempt) ? { verdict: "unseen", detail: "" }
      : attempt.in === "worker" ? await triedInWorker(attempt)
      : await tried(attempt);
    console.log(JSON.stringify({ id: attempt.id, ...result }));
  }
  Deno.exit(0);
}
