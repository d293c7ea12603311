#include "convert/plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/sort.h"
#include "bert/tensor_names.h"
#include "checks/check_vocab.h"
#include "checks/tied_difference.h"

namespace bp {
namespace {

// Findings on files that cannot be read, or not as what they are called.
const std::vector<std::string> kStandIns = {"files/lfs-pointer", "files/web-page"};
const std::vector<std::string> kUnreadable = {"bundle/",           "container/",       "files/lfs-pointer",           "files/web-page",    "files/weights-missing",
                                              "files/index-missing", "files/truncated", "files/data-shard-missing",    "files/saved-model", "files/still-packed",
                                              "files/not-read",     "files/unfinished-save", "files/renamed-not-converted"};

struct HeadName {
  std::string_view google, hf;
  bool spans;
};
// Heads of fine-tuned models, stored alike in both (google-research/bert run_classifier.py and run_squad.py).
constexpr HeadName kTaskHeads[] = {
    {"output_weights", "classifier.weight", false},
    {"output_bias", "classifier.bias", false},
    {"cls/squad/output_weights", "qa_outputs.weight", true},
    {"cls/squad/output_bias", "qa_outputs.bias", true},
};
constexpr std::string_view kDecoder = "cls.predictions.decoder.weight";

class Planner {
 public:
  Planner(Judgement& judgement, const ConversionRequest& request)
      : judgement_(judgement), request_(request), table_(judgement.table()), hf_target_(request.target == Target::kSafetensors) {}

  ConversionPlan run() {
    if (!readable() || !configReadable() || !isBert() || !findRoles() || !addRoles() || !addDecoder()) return refusal();
    addTaskHeads();
    if (request_.cut_rows && !cutRows()) return refusal();
    if (!leaveOut() || !dataGood()) return refusal();
    listRepairs();
    sortTensors();
    return std::move(plan_);
  }

 private:
  bool refuse(std::string why, std::vector<std::string> codes) {
    plan_.why = std::move(why);
    plan_.codes = std::move(codes);
    return false;
  }
  ConversionPlan refusal() {
    ConversionPlan refused;
    refused.why = std::move(plan_.why);
    refused.codes = std::move(plan_.codes);
    return refused;
  }

  bool readable();
  bool configReadable();
  bool isBert();
  bool findRoles();
  bool addRoles();
  bool addDecoder();
  void addTaskHeads();
  bool cutRows();
  bool leaveOut();
  bool dataGood();
  void listRepairs();
  void sortTensors();

  const NamesView& names() const { return judgement_.names; }
  bool isHfSource() const { return names().scheme == NameScheme::kHf; }
  std::string nameOf(Role role) const { return nameIn(hf_target_ ? NameScheme::kHf : NameScheme::kGoogle, role); }
  void add(std::string name, uint32_t source, Shape shape, bool transposed);
  void repair(Code code, uint64_t count, const std::string& before, std::string after) {
    if (count > 0) plan_.repairs.push_back({code, count, before, std::move(after)});
  }
  bool sameValues(uint32_t a, uint32_t b) const;

  Judgement& judgement_;
  const ConversionRequest& request_;
  const TensorTable& table_;
  const bool hf_target_;
  RoleMap roles_;
  std::set<uint32_t> used_;
  ConversionPlan plan_;
};

bool Planner::readable() {
  if (judgement_.readable() && table_.size() > 0) return true;
  return refuse("there are no weights here that can be read", kUnreadable);
}

// Without a config only the tensors are converted; one that is there and no config is put right first.
bool Planner::configReadable() {
  const SetFacts& facts = judgement_.facts();
  if (facts.config >= 0 && !judgement_.configGood()) return refuse("the config cannot be read", {"config/not-json", "config/byte-order-mark"});
  for (const SetFile& file : facts.files) {
    const bool companion = file.role == FileRole::kConfig || file.role == FileRole::kVocab || file.role == FileRole::kTokenizerConfig;
    if (companion && file.state != FileState::kAsNamed && file.state != FileState::kEmpty) return refuse(file.name + " is not what its name says", kStandIns);
  }
  return true;
}

bool Planner::isBert() {
  const size_t before = judgement_.findings.size();
  checkFamily(judgement_);
  const std::vector<Finding> said(judgement_.findings.begin() + static_cast<std::ptrdiff_t>(before), judgement_.findings.end());
  for (const Finding& finding : said) {
    // BERT's own names and shapes, which convert like any other's.
    const bool same_layout = finding.code == Code("family/roberta-positions") || (finding.code == Code("family/ernie") && !isHfSource());
    if (finding.code.area() == "family" && !same_layout) return refuse("the weights are not a BERT's", {std::string(finding.code.text())});
  }
  if (names().claims.size() > 1) return refuse("there are two models in these weights", {"names/two-models"});
  if (hf_target_ || !judgement_.configGood()) return true;
  checkArchitecture(judgement_);
  if (!judgement_.has("config/not-plain-bert")) return true;
  return refuse("the config asks for what a BERT under Google's names cannot say", {"config/not-plain-bert"});
}

bool Planner::findRoles() {
  roles_ = names().repaired;
  const int64_t layers = names().layers_end;
  if (layers == 0) return refuse("there is no encoder in these weights", {"set/adapter-only", "names/missing-encoder"});
  for (const PartGroup group : {PartGroup::kEmbeddings, PartGroup::kLayer}) {
    for (const Role role : rolesOf(group, layers)) {
      if (roles_.count(role) == 0) return refuse(judgement_.nameOf(role) + " is not there", {"names/missing-encoder", "names/object-graph"});
    }
  }
  return true;
}

void Planner::add(std::string name, uint32_t source, Shape shape, bool transposed) {
  plan_.tensors.push_back({std::move(name), table_[source].dtype, std::move(shape), source, transposed});
  used_.insert(source);
}

// Model Garden keeps heads apart: [H, A, D], [A, D, H] and [A, D] are the same bytes as [H, H] and [H].
Shape flattened(Part part, Shape shape) {
  if (isKernel(part) && shape.size() == 3) return part == Part::kAttentionKernel ? Shape{shape[0] * shape[1], shape[2]} : Shape{shape[0], shape[1] * shape[2]};
  if (isBias(part) && shape.size() == 2) return {shape[0] * shape[1]};
  return shape;
}

bool Planner::addRoles() {
  const bool turn = isHfSource() != hf_target_;  // PyTorch keeps kernels [out, in]
  for (const auto& [role, tensor] : roles_) {
    const TensorInfo& source = table_[tensor];
    if (itemSize(source.dtype) == 0 || !elementCount(source.shape)) return refuse(source.name + " holds no plain numbers", kUnreadable);
    Shape shape = flattened(role.part, source.shape);
    const bool kernel = isKernel(role.part);
    if (kernel && shape.size() != 2) return refuse(source.name + " is " + shapeText(source.shape) + ", not a matrix", {"shapes/other-size"});
    // Keras has the next-sentence weights [in, out], everyone else [2, H].
    const bool from_keras = role.part == Part::kNspKernel && shape.size() == 2 && shape[1] == 2 && shape[0] != 2;
    const bool transposed = from_keras || (kernel && turn != judgement_.kernels_turned);
    if (transposed) std::reverse(shape.begin(), shape.end());
    add(nameOf(role), tensor, std::move(shape), transposed);
  }
  plan_.pooler = roles_.count({Part::kPoolerKernel, -1}) > 0;
  plan_.mlm = roles_.count({Part::kMlmKernel, -1}) > 0;
  plan_.nsp = roles_.count({Part::kNspKernel, -1}) > 0;
  return true;
}

bool Planner::sameValues(uint32_t a, uint32_t b) const {
  const TensorInfo &one = table_[a], &other = table_[b];
  if (one.shape != other.shape) return false;
  const DataPass* data = judgement_.input().data;
  if (one.dtype == other.dtype && one.strides == other.strides && one.parts.size() == 1 && other.parts.size() == 1 && data != nullptr) {
    return data->parts(a)[0].crc_calculated == data->parts(b)[0].crc_calculated;
  }
  const TiedDifference* difference = judgement_.input().decoder;
  return difference != nullptr && difference->largest() == 0.0f;
}

// The matrix that turns vectors back into words: written where it is one of its own and has a place.
bool Planner::addDecoder() {
  const auto decoder = isHfSource() ? table_.indexOf(names().scope + std::string(kDecoder)) : std::nullopt;
  if (!decoder || !plan_.mlm) return true;
  const bool same = sameValues(*decoder, roles_.at({Part::kWordTable, -1}));
  const bool tied = !judgement_.configGood() || judgement_.config()->boolean("tie_word_embeddings").value_or(true);
  if (same && (tied || !hf_target_)) return true;
  if (!hf_target_) return refuse("the MLM head has a decoder of its own, which a BERT under Google's names has no place for", {"weights/decoder-not-tied"});
  if (itemSize(table_[*decoder].dtype) > 0) add(std::string(kDecoder), *decoder, table_[*decoder].shape, false);
  return true;
}

void Planner::addTaskHeads() {
  for (const HeadName& head : kTaskHeads) {
    const auto tensor = table_.indexOf(names().scope + std::string(isHfSource() ? head.hf : head.google));
    if (!tensor || itemSize(table_[*tensor].dtype) == 0 || !elementCount(table_[*tensor].shape)) continue;
    const Shape& shape = table_[*tensor].shape;
    add(std::string(hf_target_ ? head.hf : head.google), *tensor, shape, false);
    plan_.spans = plan_.spans || head.spans;
    if (!head.spans && !shape.empty()) plan_.classes = shape[0];
  }
}

// As many rows as the ids of the vocabulary reach, whoever reads it.
bool Planner::cutRows() {
  const VocabReadings* readings = judgement_.vocabReadings();
  if (readings == nullptr) return refuse("there is no vocabulary to cut the word table to", {"files/vocab-missing", "vocab/not-text"});
  int64_t lines = static_cast<int64_t>(readings->lines.size());
  for (const Vocab& reading : readings->readers) lines = std::max(lines, highestId(reading) + 1);
  const int64_t rows = judgement_.shape_sizes.vocab;
  if (lines > rows) return refuse("the vocabulary has more words than the word table has rows", {"vocab/more-lines-than-rows"});
  if (lines == rows) return true;
  for (ConvertedTensor& tensor : plan_.tensors) {
    const bool by_word = tensor.name == nameOf({Part::kWordTable, -1}) || tensor.name == nameOf({Part::kMlmOutputBias, -1}) || tensor.name == kDecoder;
    if (by_word && !tensor.shape.empty() && tensor.shape[0] == rows) tensor.shape[0] = lines;
  }
  plan_.vocab_rows = lines;
  repair("vocab/fewer-lines", static_cast<uint64_t>(lines), shapeText(Shape{rows, judgement_.shape_sizes.hidden}),
         shapeText(Shape{lines, judgement_.shape_sizes.hidden}));
  return true;
}

bool Planner::leaveOut() {
  uint64_t slots = 0, copies = 0;
  std::string slot, copy;
  std::vector<std::string> accounted;  // by a repair
  for (uint32_t i = 0; i < table_.size(); ++i) {
    if (used_.count(i) > 0) continue;
    const std::string& name = table_[i].name;
    if (isAdapterName(name)) return refuse("an adapter lies over these weights, such as " + name + "; merge it into them first", {"set/adapter-only"});
    if (isOptimizerName(name)) {
      if (slots++ == 0) slot = name;
      accounted.push_back(name);
    } else if (isHfSource() && (isHfBufferName(name) || isHfTiedCopyName(name))) {
      if (copies++ == 0) copy = name;
      accounted.push_back(name);
    } else {
      plan_.left_out.push_back(name);
    }
  }
  plan_.left_out.insert(plan_.left_out.end(), accounted.begin(), accounted.end());
  repair("set/optimizer-slots", slots, slot, "");
  repair("names/not-used", copies, copy, "");
  return true;
}

bool Planner::dataGood() {
  for (const ConvertedTensor& tensor : plan_.tensors) {
    if (!judgement_.dataGood(tensor.source)) return refuse("the data of " + table_[tensor.source].name + " is not good", kUnreadable);
  }
  return true;
}

void Planner::listRepairs() {
  const auto renamed = [&](Code code, const std::vector<Renaming>& renamings) {
    if (!renamings.empty()) repair(code, renamings.size(), table_[renamings[0].tensor].name, nameOf(renamings[0].role));
  };
  renamed(names().scope.empty() ? Code("names/missing-scope") : Code("names/extra-scope"), names().scoped);
  renamed("names/layer-normalization", names().numbered);
  renamed("names/dense-act", names().dense_act);
  renamed("names/near-miss", names().near);
  uint64_t old_norms = 0, from_graph = 0, turned = 0;
  const auto first = [&](Code code, uint64_t& count, auto of) {
    std::string before, after;
    for (const auto& [role, tensor] : roles_) {
      if (!of(role, table_[tensor].name) || count++ > 0) continue;
      before = table_[tensor].name;
      after = nameOf(role);
    }
    repair(code, count, before, after);
  };
  const auto ends = [](const std::string& name) { return name.ends_with("LayerNorm.gamma") || name.ends_with("LayerNorm.beta"); };
  first("names/gamma-beta", old_norms, [&](Role, const std::string& name) { return isHfSource() && ends(name); });
  first("names/object-graph", from_graph, [](Role, const std::string& name) { return isObjectGraphName(name); });
  first("shapes/layout-vs-names", turned, [&](Role role, const std::string&) { return judgement_.kernels_turned && isKernel(role.part); });
}

void Planner::sortTensors() {
  const auto key = [&](const ConvertedTensor& tensor) {
    const std::vector<TensorPart>& parts = table_[tensor.source].parts;
    const Extent extent = parts.empty() ? Extent() : parts[0].extent;
    return std::tuple(~itemSize(tensor.dtype), extent.file, extent.offset, std::string_view(tensor.name));
  };
  stableSort(plan_.tensors, [&](const ConvertedTensor& a, const ConvertedTensor& b) { return key(a) < key(b); });
}

}  // namespace

ConversionPlan planConversion(Judgement& judgement, const ConversionRequest& request) { return Planner(judgement, request).run(); }

}  // namespace bp
