'use strict';

// Loaded before the guest, in every thread: node -r .../preload.js app.js. The
// policy is the one that the program was started with ("postern node"), or the
// file that POSTERN_POLICY names.
require('./lib/install.js')(process.env.POSTERN_POLICY, __filename);
