'use strict';

// Puts the adapter in place: after this, and before the guest's first line,
// Node's own functions ask. All files of the adapter are loaded before anything
// is guarded, and none of them keeps what a guest could use: whoever loads one
// again gets functions that do nothing without the originals.

const Module = require('module');
const loadAddon = require('./load_addon.js');
const tools = require('./tools.js');
const rows = require('./rows.js');
const findClasses = require('./classes.js');
const closeNatives = require('./natives.js');
const guardClones = require('./clones.js');
const guardChildren = require('./guard_children.js');
const guardCode = require('./guard_code.js');
const guardFiles = require('./guard_files.js');
const guardNames = require('./guard_names.js');
const guardNetwork = require('./guard_network.js');
const guardProcess = require('./guard_process.js');

const kInstalled = Symbol.for('postern.permission');

function load(name) {
  try {
    return require(name);
  } catch {
    return undefined;  // this Node has no such module
  }
}

// Node may warn of a module that is loaded only to be guarded.
function quietly(work) {
  const {emitWarning} = process;
  process.emitWarning = () => {};
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function allModules() {
  const modules = {__proto__: null};
  // Those with "_" are parts of others, which want to be loaded first.
  const isPart = (name) => name.startsWith('_') ? 1 : 0;
  const names = Object.keys(rows).sort((a, b) => isPart(a) - isPart(b));
  for (const name of names) modules[name] = load(name);
  for (const name of Module.builtinModules) {
    if (!(name in modules)) modules[name] = load(name);
  }
  return modules;
}

function permissionOf(native) {
  const {has, check, drop} = native;
  return Object.freeze({
    __proto__: null,
    // What cannot be looked at, as its getter throws, is not granted.
    has: (scope, reference) => {
      try {
        return has(scope, reference);
      } catch {
        return false;
      }
    },
    check: (scope, reference) => check(scope, reference),
    drop: (scope, reference) => { drop(scope, reference); },
  });
}

// As process.permission, in the place of Node's own, which there is only under
// --permission. In Node 20 it cannot be replaced: it gets our functions.
function show(permission) {
  const put = (object, key, value, enumerable) => {
    Object.defineProperty(object, key, {
      __proto__: null, value, enumerable, writable: false, configurable: false,
    });
  };
  put(process, kInstalled, permission, false);
  const is = Object.getOwnPropertyDescriptor(process, 'permission');
  if (is === undefined || is.configurable) {
    put(process, 'permission', permission, true);
    return;
  }
  for (const key of Object.keys(permission)) {
    put(is.value, key, permission[key], true);
  }
}

// `policy` names a file; without one it is the policy that the program was
// started with, as by "postern node".
module.exports = function install(policy, preload) {
  if (process[kInstalled] !== undefined) return process[kInstalled];
  const native = loadAddon();
  if (!native.installed()) native.install(policy);
  const permission = permissionOf(native);
  quietly(() => {
    // First, as modules of Node keep functions of fs when they are loaded.
    const fs = require('fs');
    const inside = guardClones();
    guardFiles(native, tools, fs, {
      __proto__: null, Handle: inside.load('internal/fs/promises').FileHandle,
      Inner: inside.binding('fs').FileHandle,
    });
    const modules = allModules();
    const classes = findClasses(modules, inside.binding);
    const guardedNames = guardNames(native, tools, rows,
                                    (name) => modules[name]);
    const sockets = guardNetwork(native, tools, modules, classes);
    guardChildren(native, tools, modules, classes, sockets, preload);
    const files = tools.freeze(tools.assign({__proto__: null}, fs));
    guardProcess(native, tools, modules, guardedNames, files, rows.process);
    guardCode(native, tools, modules, guardedNames, files, preload);
    closeNatives(inside.binding, modules, tools, guardedNames.ask);
  });
  show(permission);
  Module.syncBuiltinESMExports();
  return permission;
};
