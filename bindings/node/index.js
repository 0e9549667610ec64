'use strict';

// What programs ask by themselves: require('postern').permission. Where the
// adapter is in force it is the same object as process.permission.

const kInstalled = Symbol.for('postern.permission');

function notInstalled() {
  const error = new Error('postern: no policy is in force; start with ' +
                          '"postern node", or with -r postern/preload');
  error.code = 'ERR_POSTERN_POLICY';
  return error;
}

module.exports = Object.freeze({
  __proto__: null,
  get permission() {
    const permission = process[kInstalled];
    if (permission === undefined) throw notInstalled();
    return permission;
  },
  // Puts a policy in force, for this process and for ever: what was loaded
  // before may have kept unguarded functions, so this comes first in a program.
  install(policy) {
    return require('./lib/install.js')(policy, require.resolve('./preload.js'));
  },
});
