'use strict';

// What the guests of these tests claim, and the count of claims that are wrong.

const {setTimeout, clearTimeout, process, console} = globalThis;
let wrong = 0;

function report(name, text) {
  wrong++;
  process.exitCode = 1;
  console.log(`  ${name}: ${text}`);
}

const isDenial = (error) => error?.code === 'ERR_ACCESS_DENIED' &&
  typeof error.permission === 'string' && typeof error.resource === 'string';

async function settle(work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('takes too long')), 10000);
  });
  try {
    return {value: await Promise.race([work(), late])};
  } catch (error) {
    return {error};
  } finally {
    clearTimeout(timer);
  }
}

// `want` is a value, a test of it, or nothing.
async function works(name, work, want) {
  const {value, error} = await settle(work);
  if (error !== undefined) {
    report(name, `fails with ${error.code} ${error.message}`);
  } else if (typeof want === 'function' ? !want(value) :
             want !== undefined && value !== want) {
    report(name, `gives ${typeof value === 'object' ? typeof value : String(value)}`);
  }
}

// Fails with Node's error of a denial, whose permission is `permission`.
async function denied(name, work, permission) {
  const {value, error} = await settle(work);
  if (error === undefined) report(name, `gives ${typeof value === 'object' ? typeof value : String(value)}`);
  else if (!isDenial(error)) report(name, `fails with ${error.code} ${error}`);
  else if (permission !== undefined && error.permission !== permission) {
    report(name, `is denied for ${error.permission}`);
  }
}

async function fails(name, work, code) {
  const {value, error} = await settle(work);
  if (error === undefined) report(name, `gives ${typeof value === 'object' ? typeof value : String(value)}`);
  else if (error.code !== code) report(name, `fails with ${error.code} ${error}`);
}

// Calls with a callback, as promises.
const called = (work) => () => new Promise((resolve, reject) => {
  work((error, value) => { if (error) reject(error); else resolve(value); });
});

module.exports = {works, denied, fails, called, isDenial, report};
