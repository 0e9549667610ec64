#include "bindings/node/addon/background.h"

#include <utility>

#include "bindings/node/addon/values.h"

namespace postern {
namespace node {
namespace {

struct Job {
  std::unique_ptr<Background> work;
  napi_ref callback = nullptr;
  napi_async_context context = nullptr;
  napi_async_work handle = nullptr;
};

void Execute(napi_env, void* data) { static_cast<Job*>(data)->work->Run(); }

void TellUncaught(napi_env env) {
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) return;
  napi_value exception = nullptr;
  napi_get_and_clear_last_exception(env, &exception);
  napi_fatal_exception(env, exception);
}

void Call(napi_env env, Job* job) {
  napi_value arguments[2] = {nullptr, Undefined(env)};
  napi_get_null(env, &arguments[0]);
  job->work->Finish(env, arguments);
  napi_value callback = nullptr, resource = nullptr, result = nullptr;
  napi_get_reference_value(env, job->callback, &callback);
  napi_create_object(env, &resource);
  napi_make_callback(env, job->context, resource, callback, 2, arguments,
                     &result);
  TellUncaught(env);
}

void Complete(napi_env env, napi_status status, void* data) {
  const std::unique_ptr<Job> job(static_cast<Job*>(data));
  // Cancelled: the environment is going away.
  if (status == napi_ok) Call(env, job.get());
  napi_delete_reference(env, job->callback);
  napi_async_destroy(env, job->context);
  napi_delete_async_work(env, job->handle);
}

}  // namespace

void StartBackground(napi_env env, std::unique_ptr<Background> work,
                     napi_value callback) {
  auto job = std::make_unique<Job>();
  job->work = std::move(work);
  const napi_value name = Text(env, "postern");
  napi_create_reference(env, callback, 1, &job->callback);
  napi_async_init(env, nullptr, name, &job->context);
  napi_create_async_work(env, nullptr, name, Execute, Complete, job.get(),
                         &job->handle);
  if (napi_queue_async_work(env, job->handle) == napi_ok) job.release();
}

}  // namespace node
}  // namespace postern
