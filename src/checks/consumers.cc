#include "checks/consumers.h"

#include <algorithm>
#include <string_view>

#include "checks/fixes.h"

namespace bp {
namespace {

Json defaultMode(Consumer id) {
  switch (id) {
    case Consumer::kKerasBert: return object("training", false);
    case Consumer::kBert4keras: return object("model", "bert");
    case Consumer::kGoogleBert: return object("as", "init_checkpoint", "head", "none");
    case Consumer::kHfConvert: return object("class", "BertForPreTraining", "via", "script");
    case Consumer::kHfNative: return object("class", "AutoModel", "transformers", 5);
    case Consumer::kModelGarden: return object("via", "converter", "model", "encoder");
    case Consumer::kBertForTf2: return Json::object();
  }
  return Json::object();
}

// One key and value of a mode; false if the consumer does not know it.
bool setMode(ConsumerSpec& spec, const std::string& key, const Json& value) {
  Modes& modes = spec.modes;
  const auto flag = [&](bool& field) {
    if (!value.is_boolean()) return false;
    field = value.get<bool>();
    return true;
  };
  const auto word = [&](std::initializer_list<const char*> allowed, std::string& field) {
    if (!value.is_string()) return false;
    const std::string text = value.get<std::string>();
    for (const char* one : allowed) {
      if (text == one) {
        field = text;
        return true;
      }
    }
    return false;
  };
  std::string text;
  switch (spec.id) {
    case Consumer::kKerasBert:
      if (key == "training") return flag(modes.training);
      if (key == "seq_len") {
        if (value.is_null()) return true;
        if (!value.is_number_integer() || value.get<int64_t>() <= 0) return false;
        modes.seq_len = value.get<int64_t>();
        return true;
      }
      if (key == "output_layer_num") {
        modes.output_layers.clear();
        modes.output_layers_is_list = value.is_array();
        const Json list = value.is_array() ? value : Json::array({value});
        for (const Json& one : list) {
          if (!one.is_number_integer()) return false;
          modes.output_layers.push_back(one.get<int64_t>());
        }
        return !modes.output_layers.empty();
      }
      return false;
    case Consumer::kBert4keras:
      if (key == "model") {
        return word({"bert", "roberta", "albert", "nezha", "roformer", "roformer_v2", "electra"}, modes.model);
      }
      if (key == "with_pool") return flag(modes.with_pool);
      if (key == "with_nsp") return flag(modes.with_nsp);
      if (key == "with_mlm") return flag(modes.with_mlm);
      if (key == "ignore_invalid_weights") return flag(modes.ignore_invalid_weights);
      return false;
    case Consumer::kGoogleBert:
      if (key == "as" && word({"init_checkpoint", "model_dir"}, text)) {
        modes.as_model_dir = text == "model_dir";
        return true;
      }
      if (key == "head" && word({"none", "pretraining"}, text)) {
        modes.pretraining_head = text == "pretraining";
        return true;
      }
      return false;
    case Consumer::kHfConvert:
      if (key == "class") return word({"BertForPreTraining", "BertModel", "BertForMaskedLM"}, modes.class_name);
      if (key == "via" && word({"script", "from_tf"}, text)) {
        modes.from_tf = text == "from_tf";
        return true;
      }
      return false;
    case Consumer::kHfNative:
      if (key == "class") {
        if (!value.is_string() || value.get<std::string>().empty()) return false;
        modes.class_name = value.get<std::string>();
        return modes.class_name.rfind("Auto", 0) == 0 || modes.class_name.rfind("Bert", 0) == 0;
      }
      if (key == "transformers" && value.is_number_integer()) {
        modes.transformers = value.get<int>();
        return modes.transformers == 4 || modes.transformers == 5;
      }
      return false;
    case Consumer::kModelGarden:
      if (key == "via" && word({"converter", "restore"}, text)) {
        modes.restore = text == "restore";
        return true;
      }
      if (key == "model") return word({"encoder", "pretrainer"}, modes.model);
      return false;
    case Consumer::kBertForTf2: return false;
  }
  return false;
}

ConsumerSpec defaultSpec(Consumer id) {
  ConsumerSpec spec{id, {}, defaultMode(id)};
  if (id == Consumer::kHfConvert) spec.modes.class_name = "BertForPreTraining";
  if (id == Consumer::kHfNative) spec.modes.class_name = "AutoModel";
  if (id == Consumer::kModelGarden) spec.modes.model = "encoder";
  return spec;
}

// A whole model is loaded as it was built; weights go into a model built for them.
std::string kerasBertFileCall(const Modes& modes, const CallFacts& facts) {
  std::string call;
  if (facts.whole_model) {
    call = "model = keras.models.load_model(" + pythonText(facts.prefix) + ", custom_objects=keras_bert.get_custom_objects())";
  } else {
    call = "model = build_model_from_config(" + pythonText(facts.config) + ", training=" + (modes.training ? "True" : "False") + ", seq_len=" +
           (modes.seq_len ? std::to_string(*modes.seq_len) : "None") + ")[0]\nmodel.load_weights(" + pythonText(facts.prefix) + ")";
  }
  if (facts.vocab.empty()) return call;
  return call + "\ntokenizer = Tokenizer(load_vocabulary(" + pythonText(facts.vocab) + "), cased=" + (facts.lower ? "False" : "True") + ")";
}

}  // namespace

std::vector<ConsumerSpec> defaultConsumers() {
  std::vector<ConsumerSpec> all;
  for (int i = 0; i < kConsumerCount; ++i) all.push_back(defaultSpec(static_cast<Consumer>(i)));
  return all;
}

std::optional<std::vector<ConsumerSpec>> readConsumers(const Json& list, std::string& fault) {
  if (list.is_null() || (list.is_array() && list.empty())) return defaultConsumers();
  if (!list.is_array()) {
    fault = "consumers is not a list";
    return std::nullopt;
  }
  std::vector<ConsumerSpec> specs;
  for (const Json& item : list) {
    const std::string id = item.is_object() && item.contains("id") && item["id"].is_string() ? item["id"].get<std::string>() : "";
    int found = -1;
    for (int i = 0; i < kConsumerCount; ++i) {
      if (consumerId(static_cast<Consumer>(i)) == id) found = i;
    }
    if (found < 0) {
      fault = "there is no consumer called '" + id + "'";
      return std::nullopt;
    }
    ConsumerSpec spec = defaultSpec(static_cast<Consumer>(found));
    if (item.contains("mode") && item["mode"].is_object()) {
      for (const auto& [key, value] : item["mode"].items()) {
        if (!setMode(spec, key, value)) {
          fault = id + " has no mode " + key + "=" + written(value);
          return std::nullopt;
        }
        spec.mode_json[key] = value;
      }
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

VocabReader vocabReaderOf(const ConsumerSpec& consumer) {
  switch (consumer.id) {
    case Consumer::kKerasBert: return VocabReader::kKerasBert;
    case Consumer::kBert4keras: return VocabReader::kBert4keras;
    case Consumer::kHfConvert: return VocabReader::kHfSlow;
    case Consumer::kHfNative: return consumer.modes.transformers == 4 ? VocabReader::kHfSlow : VocabReader::kHfFast;
    default: return VocabReader::kGoogle;
  }
}

int64_t Demand::count() const {
  int64_t total = 5 + 16 * layers + others;
  if (has(PartGroup::kPooler)) total += 2;
  if (has(PartGroup::kMlm)) total += 5;
  if (has(PartGroup::kNsp)) total += 2;
  return total;
}

bool Demand::has(PartGroup group) const { return std::find(groups.begin(), groups.end(), group) != groups.end(); }

Demand demandOf(const ConsumerSpec& consumer, int64_t config_layers) {
  const Modes& modes = consumer.modes;
  Demand demand{{PartGroup::kEmbeddings, PartGroup::kLayer}, config_layers, 0};
  const auto add = [&](bool wanted, PartGroup group) {
    if (wanted) demand.groups.push_back(group);
  };
  switch (consumer.id) {
    case Consumer::kKerasBert:
      add(modes.training, PartGroup::kPooler);
      add(modes.training, PartGroup::kMlm);
      add(modes.training, PartGroup::kNsp);
      if (modes.output_layers_is_list && !modes.training && config_layers > 0) {
        // A list builds layers up to its highest only; negative numbers count from the last.
        int64_t highest = 0;
        for (const int64_t layer : modes.output_layers) {
          const int64_t number = std::clamp(layer, -config_layers, config_layers - 1);
          highest = std::max(highest, number >= 0 ? number + 1 : config_layers + number + 1);
        }
        demand.layers = std::min(highest, config_layers);
      }
      break;
    case Consumer::kBert4keras:
      add(modes.with_pool || modes.with_nsp, PartGroup::kPooler);
      add(modes.with_nsp, PartGroup::kNsp);
      add(modes.with_mlm, PartGroup::kMlm);
      break;
    case Consumer::kGoogleBert:
      add(true, PartGroup::kPooler);
      add(modes.pretraining_head, PartGroup::kMlm);
      add(modes.pretraining_head, PartGroup::kNsp);
      break;
    case Consumer::kHfConvert:
    case Consumer::kHfNative: {
      const auto one_of = [&](std::initializer_list<std::string_view> ends) {
        return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return modes.class_name.ends_with(end); });
      };
      // A task's own head is not counted; it is made anew for the task.
      add(!one_of({"ForMaskedLM", "LMHeadModel", "ForCausalLM", "ForTokenClassification", "ForQuestionAnswering"}), PartGroup::kPooler);
      add(one_of({"ForPreTraining", "ForMaskedLM", "LMHeadModel", "ForCausalLM"}), PartGroup::kMlm);
      add(one_of({"ForPreTraining", "ForNextSentencePrediction"}), PartGroup::kNsp);
      break;
    }
    case Consumer::kModelGarden:
      add(true, PartGroup::kPooler);
      add(modes.model == "pretrainer", PartGroup::kMlm);
      break;
    case Consumer::kBertForTf2: break;
  }
  return demand;
}

bool missingStops(const ConsumerSpec& consumer) {
  switch (consumer.id) {
    case Consumer::kKerasBert:
    case Consumer::kModelGarden: return true;
    case Consumer::kBert4keras: return !consumer.modes.ignore_invalid_weights;
    case Consumer::kGoogleBert: return consumer.modes.as_model_dir;
    default: return false;
  }
}

bool wantsIndexName(const ConsumerSpec& consumer) {
  return consumer.id == Consumer::kHfConvert && consumer.modes.from_tf && consumer.modes.class_name == "BertForPreTraining";
}

bool readsEveryTensor(const ConsumerSpec& consumer) {
  return consumer.id == Consumer::kHfConvert || (consumer.id == Consumer::kModelGarden && !consumer.modes.restore);
}

std::string callToPaste(const ConsumerSpec& consumer, const CallFacts& facts) {
  const Modes& modes = consumer.modes;
  const std::string lower = facts.lower ? "True" : "False";
  const std::string prefix = pythonText(facts.prefix), config = pythonText(facts.config);
  switch (consumer.id) {
    case Consumer::kKerasBert: {
      if (facts.keras_file) return kerasBertFileCall(modes, facts);
      std::string call = "model = load_trained_model_from_checkpoint(" + config + ", " + prefix +
                         ", training=" + (modes.training ? "True" : "False") + ", seq_len=" +
                         (modes.seq_len ? std::to_string(*modes.seq_len) : "None") + ")";
      if (!facts.vocab.empty()) {
        call += "\ntokenizer = Tokenizer(load_vocabulary(" + pythonText(facts.vocab) + "), cased=" + (facts.lower ? "False" : "True") + ")";
      }
      return call;
    }
    case Consumer::kBert4keras: {
      std::string call = "model = build_transformer_model(config_path=" + config;
      if (!facts.keras_file) call += ", checkpoint_path=" + prefix;
      call += ", model='" + modes.model + "'";
      if (modes.with_pool) call += ", with_pool=True";
      if (modes.with_nsp) call += ", with_nsp=True";
      if (modes.with_mlm) call += ", with_mlm=True";
      call += ")";
      if (facts.keras_file) call += "\nmodel.load_weights(" + prefix + ")";
      if (!facts.vocab.empty()) call += "\ntokenizer = Tokenizer(" + pythonText(facts.vocab) + ", do_lower_case=" + lower + ")";
      return call;
    }
    case Consumer::kGoogleBert: {
      std::string call = "--bert_config_file=" + shellWord(facts.config) + " --init_checkpoint=" + shellWord(facts.prefix);
      if (!facts.vocab.empty()) call += " --vocab_file=" + shellWord(facts.vocab) + " --do_lower_case=" + lower;
      return call;
    }
    case Consumer::kHfConvert:
      if (modes.from_tf) {
        return modes.class_name + ".from_pretrained(" + pythonText(facts.prefix + ".index") + ", from_tf=True, config=BertConfig.from_json_file(" +
               config + "))";
      }
      return conversionCall(facts);
    case Consumer::kHfNative: {
      const std::string call = "model = " + modes.class_name + ".from_pretrained(" + pythonText(facts.folder) + ")";
      return facts.vocab.empty() ? call : call + "\ntokenizer = AutoTokenizer.from_pretrained(" + pythonText(facts.folder) + ")";
    }
    case Consumer::kModelGarden:
      if (modes.restore) {
        return "tf.train.Checkpoint(" + std::string(modes.model == "pretrainer" ? "model" : "encoder") + "=m).read(" + prefix +
               ").assert_existing_objects_matched()";
      }
      return "python -m official.nlp.tools.tf2_bert_encoder_checkpoint_converter --bert_config_file=" + shellWord(facts.config) +
             " --checkpoint_to_convert=" + shellWord(facts.prefix) + " --converted_checkpoint_path=" + shellWord(facts.folder + "/tf2/encoder");
    case Consumer::kBertForTf2:
      return "layer = bert.BertModelLayer.from_params(bert.params_from_pretrained_ckpt(" + pythonText(facts.folder) +
             "), name='bert')\n# put it in a model, then:\nmodel.build(input_shape=(None, 128))\nbert.load_stock_weights(layer, " + prefix + ")";
  }
  return {};
}

std::string conversionCall(const CallFacts& facts) {
  return "transformers-cli convert --model_type bert --tf_checkpoint " + shellWord(facts.prefix) + " --config " + shellWord(facts.config) +
         " --pytorch_dump_output " + shellWord((facts.folder.empty() ? "." : facts.folder) + "/pytorch_model.bin");
}

std::string conversionToTf(const CallFacts& facts) {
  const std::string torch = joinPath(facts.folder, "pytorch_model.bin");
  std::string first;  // the script reads this file only
  if (!facts.safetensors.empty()) {
    std::string tensors;
    for (const std::string& path : facts.safetensors) tensors += (tensors.empty() ? "**load_file(" : ", **load_file(") + pythonText(path) + ")";
    first = "python -c " + shellWord("import torch; from safetensors.torch import load_file; torch.save({" + tensors + "}, " + pythonText(torch) + ")") + "\n";
  }
  return first + "python convert_bert_pytorch_checkpoint_to_original_tf.py --model_name " + shellWord(facts.folder) + " --pytorch_model_path " +
         shellWord(torch) + " --tf_cache_dir " + shellWord(joinPath(facts.folder, "tf"));
}

}  // namespace bp
