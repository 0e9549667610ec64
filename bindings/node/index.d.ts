/** Scopes of Node's own permission model, and finer ones. */
export type Scope =
  | 'fs' | 'fs.read' | 'fs.write'
  | 'net' | 'net.connect' | 'net.listen' | 'net.resolve'
  | 'child' | 'process.spawn' | 'process.signal'
  | 'env' | 'env.read' | 'env.write' | 'sys.info'
  | 'worker' | 'thread.create' | 'addon' | 'code.load'
  | 'code.import' | 'code.eval' | 'inspector' | 'debug.attach' | 'wasi';

/**
 * A path, an endpoint ("host:443"), a name, or a program with its arguments.
 * Without one, the scope is asked for whole.
 */
export type Reference = string | Uint8Array | readonly string[];

export interface Explanation {
  allowed: boolean;
  /** A stable code: "rule", "default", "dropped", ... */
  reason: string;
  permission?: string;
  resource?: string;
  /** One sentence, as a guest may know it. */
  message?: string;
}

export interface Permission {
  /** Would it be granted now? Never throws: what is not understood is false. */
  has(scope: Scope, reference?: Reference): boolean;
  /** The same with reasons. Throws a TypeError for what is no question. */
  check(scope: Scope, reference?: Reference): Explanation;
  /** Gives rights up for ever, in all threads of this process. */
  drop(scope: Scope | 'all', reference?: string): void;
}

/** The error of every denial. */
export interface AccessDeniedError extends Error {
  code: 'ERR_ACCESS_DENIED';
  /** As Node says it: "FileSystemRead", "Net", "ChildProcess", ... */
  permission: string;
  /** As policies say it: "fs.read", "net.connect", ... */
  access?: string;
  /** What was asked for, as it was asked. */
  resource: string;
}

/** Throws where no policy is in force. */
export const permission: Permission;
/**
 * Puts the policy of a file in force, for this process and for ever; without one
 * the policy that the program was started with. Call it first.
 */
export function install(policy?: string): Permission;
