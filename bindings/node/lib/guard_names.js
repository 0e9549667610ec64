'use strict';

// Goes through what the modules of this Node offer, row by row (rows.js): what
// asks gets a question in front, what is refused or has no row an error in its
// place.

module.exports = function guardNames(native, tools, rows, load) {
  const {apply, construct, defineProperty, getOwnPropertyDescriptor,
         likeOriginal, ownKeys} = tools;

  function ask(question) {
    const error = native.enforce(question[0], question[1]);
    if (error !== undefined) throw error;
  }

  // A twin that asks first. Classes can be made, and extended; their own
  // `constructor` leads to the twin as well.
  function asking(question, original) {
    const twin = function(...args) {
      ask(question);
      if (new.target === undefined) return apply(original, this, args);
      return construct(original, args,
                       new.target === twin ? original : new.target);
    };
    return twinOf(twin, original);
  }
  function twinOf(twin, original) {
    likeOriginal(twin, original);
    if (original.prototype === undefined) return twin;
    defineProperty(twin, 'prototype', {
      __proto__: null, value: original.prototype, writable: false,
    });
    defineProperty(original.prototype, 'constructor', {
      __proto__: null, value: twin, writable: true, configurable: true,
      enumerable: false,
    });
    return twin;
  }

  function refuse(where) {
    const refused = function() {
      const error = new tools.Error(
          'Access to this API has been restricted: ' + where);
      error.code = 'ERR_ACCESS_DENIED';
      error.permission = 'API';
      error.resource = where;
      throw error;
    };
    return refused;
  }

  function replace(object, key, make) {
    const is = getOwnPropertyDescriptor(object, key);
    if (is === undefined || !is.configurable) {
      if (is !== undefined && is.writable) object[key] = make(is.value);
      return;
    }
    const value = is.get === undefined ? is.value : undefined;
    defineProperty(object, key, {
      __proto__: null, value: make(value), enumerable: is.enumerable,
      writable: true, configurable: true,
    });
  }

  const kOfFunctions = {__proto__: null, length: 1, name: 1, prototype: 1,
                        arguments: 1, caller: 1};

  function guardModule(name, module) {
    const row = rows[name];
    const known = {__proto__: null};
    const lists = row === undefined ? [] : [row.free, row.guarded];
    for (const list of lists) {
      for (const key of list ?? []) known[key] = true;
    }
    for (const key of ownKeys(module)) {
      if (typeof key !== 'string' || known[key] === true) continue;
      if (typeof module === 'function' && kOfFunctions[key]) continue;
      const question = row?.asks?.[key];
      replace(module, key, (original) =>
        question !== undefined && typeof original === 'function' ?
          asking(question, original) : refuse(name + '.' + key));
    }
  }

  const all = Object.keys(rows);
  for (const name of require('module').builtinModules) {
    if (!(name in rows)) all.push(name);
  }
  for (const name of all) {
    if (name === 'process' || name === 'constants') continue;
    const module = load(name);
    if (module !== undefined) guardModule(name, module);
  }
  return {__proto__: null, ask, asking, refuse, replace, twinOf};
};
