// A real server for a walk: started, killed and started again, since a studio has to live through all of that.
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 120_000; // milliseconds until it has to answer

export class Server {
  /** `command` is of the shell, has the port of `address` in it, and becomes the server by exec. */
  constructor(command, address, log) {
    Object.assign(this, { command, address, log, child: undefined });
  }

  /** Another one at the next port, with a home and a key of its own and two starters. */
  locked(key) {
    const address = new URL(this.address);
    address.port = String(Number(address.port) + 1);
    const command = this.command.replace(/ serve .*/, ` serve digits stdlib --port ${address.port}`);
    const made = new Server(command, address.href, this.log.replace(/\.log$/, "-locked.log"));
    made.environment = { ANEW_API_KEY: key, ANEW_HOME: mkdtempSync(join(tmpdir(), "anew-locked-")) };
    return made;
  }

  async start() {
    const log = openSync(this.log, "a");
    this.child = spawn("sh", ["-c", `exec ${this.command}`], { stdio: ["ignore", log, log], env: { ...process.env, ...this.environment } });
    closeSync(log);
    const until = Date.now() + PATIENCE;
    while (!(await this.answers())) {
      if (this.child.exitCode !== null || Date.now() > until) throw new Error(`the server does not answer: ${this.log} says why`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async answers() {
    try {
      return (await fetch(new URL("readyz", this.address))).ok;
    } catch {
      return false;
    }
  }

  /** As kill -9 does, and back when it is gone. */
  async kill(signal = "SIGKILL") {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = new Promise((done) => this.child.once("exit", done));
    this.child.kill(signal);
    await gone;
  }
}
