// The forward-pass probes, a step a call.
#include <algorithm>

#include "bindings/session_impl.h"

namespace bp {
namespace {

bool isTrained(const Judgement& judgement, std::string_view head) {
  return std::none_of(judgement.findings.begin(), judgement.findings.end(), [head](const Finding& finding) {
    return finding.code == Code("weights/untrained-head") && finding.variant == head;
  });
}

ProbeResult notRun(const std::string& why) {
  ProbeResult result;
  result.why_not = why.empty() ? "the weights were not kept in memory, whole and as float32" : why;
  return result;
}

}  // namespace

std::string Session::probe() {
  if (!impl_->data_final) return written(object("done", 0, "total", 0));
  if (!impl_->probe && !impl_->probe_run) {
    const Runnable run = impl_->runnable();
    const EncoderWeights* weights = impl_->weights.get();
    if (weights && weights->share().count == 1 && weights->precision() == Precision::kFloat32 && run.encoder_why.empty()) {
      Judgement judgement(impl_->checkInput());
      checkWeights(judgement);
      const Casing best = impl_->vocab_readings ? impl_->vocab_readings->casing.best() : Casing{};
      const ProbeInput input{impl_->vocab(), best, isTrained(judgement, "mlm"), isTrained(judgement, "nsp")};
      impl_->probe_run = std::make_unique<ProbeRun>(*impl_->weights, run, input);
    } else {
      impl_->probe = notRun(run.encoder_why);
    }
  } else if (impl_->probe_run) {
    impl_->probe_run->step();
  }
  if (impl_->probe_run && impl_->probe_run->finished()) {
    impl_->probe = impl_->probe_run->result();
    impl_->probe_run.reset();
  }
  const int done = impl_->probe ? impl_->probe->forwards : impl_->probe_run->result().forwards;
  return written(object("done", done, "total", impl_->probe ? done : std::max(done + 1, impl_->probe_run->total())));
}

}  // namespace bp
