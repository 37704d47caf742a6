import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A PostgreSQL for tests: the one that PRECEPT_POSTGRES names, else one of Debian's package, started for the test. */
export interface TestPostgres {
  readonly url: string;
  stop(): void;
}

/** Undefined where none is to be had, said on the console. */
export async function startPostgres(): Promise<TestPostgres | undefined> {
  const given = process.env["PRECEPT_POSTGRES"];
  if (given !== undefined) return { url: given, stop: () => undefined };
  const bin = findBinaries();
  const user = findUser();
  if (bin === undefined || user === undefined) {
    console.warn("tests on PostgreSQL are skipped: no PRECEPT_POSTGRES, and Debian's postgresql is not installed");
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "precept-postgres-"));
  chownSync(folder, user.uid, user.gid);
  const run = (name: string, args: readonly string[]): void => {
    execFileSync(join(bin, name), args, {
      ...user,
      cwd: "/",
      stdio: "ignore",
      env: { PATH: "/usr/bin:/bin", LANG: "C" },
    });
  };
  const data = join(folder, "data");
  const port = await findFreePort();
  run("initdb", ["-D", data, "-U", "precept", "-A", "trust", "--no-sync"]);
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`;
  run("pg_ctl", ["-D", data, "-l", join(folder, "log"), "-w", "-o", options, "start"]);
  return {
    url: `postgres://precept@127.0.0.1:${port}/postgres`,
    stop() {
      run("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string | undefined {
  const root = "/usr/lib/postgresql";
  if (!existsSync(root)) return undefined;
  const [newest] = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  const bin = join(root, newest ?? "", "bin");
  return existsSync(join(bin, "initdb")) ? bin : undefined;
}

/** PostgreSQL refuses to run as root: then as the user of Debian's package. */
function findUser(): { readonly uid: number; readonly gid: number } | undefined {
  const own = process.getuid?.();
  if (own === undefined) return undefined;
  if (own !== 0) return { uid: own, gid: process.getgid?.() ?? own };
  try {
    const [uid, gid] = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" })));
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
