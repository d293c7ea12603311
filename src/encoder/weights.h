// The weights a forward pass needs, in the layout the kernels want, filled straight from the data pass: no second copy. In int8 a
// layer's kernel waits as float32 until it is whole and is quantized then; no more wait at once than are being read.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "encoder/kept_matrix.h"
#include "kernels/kernels.h"
#include "tensors/data_pass.h"

namespace bp {

// How the kernels of the layers are kept. All else is float32 in either.
enum class Precision : uint8_t { kFloat32, kInt8 };

// Kernels packed (kernels.h), or in int8 as quantizeColumns makes them; vectors plain. Hs and Is: the columns kept here.
struct LayerWeights {
  float *query_kernel = nullptr, *query_bias = nullptr;  // [H, Hs], [Hs]
  float *key_kernel = nullptr, *key_bias = nullptr;
  float *value_kernel = nullptr, *value_bias = nullptr;
  float *attention_kernel = nullptr, *attention_bias = nullptr;        // [Hs, H], [H]
  float *attention_gamma = nullptr, *attention_beta = nullptr;         // [H]
  float *intermediate_kernel = nullptr, *intermediate_bias = nullptr;  // [H, Is], [Is]
  float *output_kernel = nullptr, *output_bias = nullptr;              // [Is, H], [H]
  float *output_gamma = nullptr, *output_beta = nullptr;               // [H]
};

// Tells a sink which tensor of the table plays which role.
struct Binding {
  uint32_t tensor = 0;
  Role role;
  bool transposed = false;  // stored [out, in], as PyTorch keeps kernels
};

class EncoderWeights final : public ValueSink {
 public:
  // Room for all bound roles is taken at once. ok() is false if it is not to be had, if a bound tensor has not
  // as many elements as its role, or if a kernel has more rows than int8 can sum up. `table` must outlive the filling.
  EncoderWeights(const Sizes& sizes, LayerShare share, std::span<const Binding> bindings, const TensorTable& table, Precision precision = Precision::kFloat32);
  EncoderWeights(const EncoderWeights&) = delete;
  EncoderWeights& operator=(const EncoderWeights&) = delete;

  bool ok() const { return memory_ != nullptr; }
  uint64_t bytes() const { return bytes_; }
  // Whether all that waited has been quantized; false: a kernel did not come whole, or there was no memory for it to wait in.
  bool whole() const;
  Precision precision() const { return precision_; }

  bool wants(uint32_t tensor) const override;
  void take(uint32_t tensor, uint32_t part, uint64_t first, std::span<const float> values) override;

  const Sizes& sizes() const { return sizes_; }
  LayerShare share() const { return share_; }
  // Columns of the query, key and value kernels kept here, and of the intermediate kernel.
  Slice attentionColumns() const { return bp::attentionColumns(sizes_, share_); }
  Slice intermediateColumns() const { return sliceOf(sizes_.intermediate, share_); }
  bool has(PartGroup group) const;  // every role of the group is bound

  // Transposes in place the square kernels of the layers and, if asked, of the masked-word head; twice is as before. For
  // probes: of one instance, in float32.
  void transposeSquareKernels(bool with_mlm);

  // Null: not bound.
  float *word_table = nullptr, *segment_table = nullptr, *position_table = nullptr;  // [V, H], [T, H], [P, H], row-major
  float *embedding_gamma = nullptr, *embedding_beta = nullptr;
  std::vector<LayerWeights> layers;
  float *pooler_kernel = nullptr, *pooler_bias = nullptr;  // packed [H, H]
  float *mlm_kernel = nullptr, *mlm_bias = nullptr, *mlm_gamma = nullptr, *mlm_beta = nullptr, *mlm_output_bias = nullptr;
  float* mlm_decoder = nullptr;              // [V, H] row-major; null: the word table serves
  float *nsp_kernel = nullptr, *nsp_bias = nullptr;  // [2, H] row-major, [2]

 private:
  struct Target {
    uint32_t tensor = 0;
    bool transposed = false;
    KeptMatrix matrix;
    bool packed = false, quantized = false;  // or as it comes
    float* values = nullptr;
    uint64_t missing = 0;             // of what is quantized: elements kept here that have not come
    std::unique_ptr<float[]> waiting;  // those that have, in the order they are stored in
  };

  float** slotOf(Role role);  // null: no such layer
  void place(Target& target, uint64_t index, std::span<const float> run);
  void wait(Target& target, std::span<const float> values, std::size_t to);
  std::size_t firstTargetOf(uint32_t tensor) const;

  Sizes sizes_;
  LayerShare share_;
  Precision precision_;
  const TensorTable& table_;
  std::unique_ptr<float, void (*)(void*)> memory_;
  uint64_t bytes_ = 0;
  std::vector<Target> targets_;  // by tensor
};

}  // namespace bp
