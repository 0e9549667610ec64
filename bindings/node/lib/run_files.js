'use strict';

// Operations on files are written once, as generators that yield what they want
// of the addon, and run in each of Node's three ways: synchronously, with a
// callback, as a promise.

module.exports = function makeRunner(native, tools) {
  const {next, throwInto, apply, isArray, nextTick, Promise, typeError} = tools;

  // A wish is [name of the addon's function, up to four arguments], or an object
  // with `sync()` and `async(callback)`.
  function wishNow(wish) {
    if (!isArray(wish)) return wish.sync();
    return native[wish[0]](wish[1], wish[2], wish[3], wish[4]);
  }

  function sync(steps) {
    let step = next(steps);
    while (!step.done) {
      let result;
      try {
        result = wishNow(step.value);
      } catch (error) {
        step = throwInto(steps, error);
        continue;
      }
      step = next(steps, result);
    }
    return step.value;
  }

  function wishLater(wish, done) {
    if (!isArray(wish)) {
      wish.async(done);
    } else {
      native[wish[0]](wish[1], wish[2], wish[3], wish[4], done);
    }
  }

  // `done(error, result)` is called later, even of what fails at once.
  function async(steps, done) {
    function go(error, result) {
      let step;
      try {
        step = error ? throwInto(steps, error) : next(steps, result);
        if (!step.done) {
          wishLater(step.value, go);
          return;
        }
      } catch (thrown) {
        nextTick(done, thrown);
        return;
      }
      nextTick(done, null, step.value);
    }
    go(null, undefined);
  }

  function promise(steps) {
    return new Promise((resolve, reject) => {
      async(steps, (error, result) => {
        if (error) reject(error); else resolve(result);
      });
    });
  }

  // The three ways of one operation. `read(args)` reads and checks arguments at
  // once, as Node does, and returns what `operation` takes.
  function ways(read, operation, answer) {
    return {
      sync(...args) { return sync(operation(read(args))); },
      callback(...args) {
        const last = args.length - 1;
        const callback = args[last];
        if (typeof callback !== 'function') {
          throw typeError('ERR_INVALID_ARG_TYPE',
                          'The "cb" argument must be of type function');
        }
        args.length = last;
        const wanted = read(args);
        async(operation(wanted), (error, result) => {
          if (answer !== undefined) answer(callback, error, result);
          else if (error) apply(callback, undefined, [error]);
          else if (result === undefined) apply(callback, undefined, [null]);
          else apply(callback, undefined, [null, result]);
        });
      },
      promise(...args) {
        let wanted;
        try {
          wanted = read(args);
        } catch (error) {
          return new Promise((resolve, reject) => { reject(error); });
        }
        return promise(operation(wanted));
      },
    };
  }

  return {__proto__: null, sync, async, promise, ways};
};
