// One dropped set of files and everything open on it; all of the API, testable natively. JavaScript owns the
// reading: it asks what is wanted, brings bytes through the inbox, and gets JSON back. Nothing here throws.
//
//   addFile…  →  (wantedReads → supply)* until "[]"  →  report() (names and shapes)
//   beginData →  feed… in the order of its plan      →  endData → report() (final)  →  probe()* → report()
//   tokenize at any time after the structure, encode after endData with {"keep": true}
//
// Several sessions, each in a worker of its own, can share the layers ("workers" of beginData). Session 0 reads, judges and
// answers; the others have no files, keep their slice of every layer, and what they compute is brought to it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace bp {

class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `path` as dropped, with "/" between folders ("chinese_L-12/bert_config.json"). Returns the file's id, from 0.
  uint32_t addFile(const std::string& path, double size);

  // JSON [{"file": id, "offset": n, "length": n}, …], what must be read next; "[]" once the structure is known.
  // Never the same range twice. A file that cannot be read is reported with refuseFile.
  std::string wantedReads();
  // JSON [{"file": id, "path", "parent": id, "method": "stored"|"deflate"|"gzip", "offset", "length", "size", "crc32"|null}, …]: files that
  // lie in archives, found by the last wantedReads, which may ask for bytes of them; ids go on from those given by addFile.
  std::string takeMembers();
  void refuseFile(uint32_t file, const std::string& reason);

  // Room for `length` bytes that the next supply or feed takes; valid until then. length <= 16 MiB.
  std::span<uint8_t> inbox(uint32_t length);
  void supply(uint32_t file, double offset, uint32_t length);

  // JSON {"consumers": [{"id": "keras-bert", "mode": {"training": true}}, …]  (absent or empty: all seven, default modes),
  //       "paste": {"paths": ["…"], "consumer": "keras-bert"|null, "uses": ["latest_checkpoint", …], "lower": true|false|null},
  //       "gelu": "tanh"|"erf"|null, "text": a text the user is about to run|null}. May be called at any time; the next report() follows it.
  std::string setOptions(const std::string& json);  // "" or one sentence that says what is wrong

  // JSON [{"path", "size", "kind", "role", "state"}, …] by id: what each file was taken for.
  std::string files() const;
  // The report of findings.md §1.2 as JSON; findings carry "args" and "variant" instead of "message" and "fix.say".
  std::string report() const;
  // JSON [{"name", "dtype", "shape", "bytes", "role", "layer", "file", "offset", "length", "shard", "crc32c"|null,
  //        "state": "not-read"|"good"|"checksum-mismatch"|"cut"|"no-file", "stats": {…}|null,
  //        "histogram": {"from", "to", "counts": [64], "taken": n}|null}, …] in file order of the table.
  std::string tensors() const;
  // Where the values of the tensor with this index in tensors() lie, row-major in each part:
  // {"parts": [{"file": id|null, "offset", "length", "start": […], "shape": […]}, …], "big_endian": bool, "item": bytes an element, 0: none fixed}
  std::string layout(uint32_t tensor) const;

  uint32_t heads() const;  // of a layer, by which sessions can share it; 0 if the encoder cannot run
  // {"keep": bool, "statistics": bool, "precision"?: "f32"|"int8" of the layers kept, "workers"?: n}
  //   → {"reads": [{"file", "offset", "length"}, …], "bytes": n, "keeps": bytes, "why": ""|"…", "share": {…}|null}
  // With more than one worker this session keeps only its slice of every layer. What the others keep is handed out: "share", with an
  // "index" from 1 and the "count" added, begins each; outbox(index) is what was fed since and it has to be brought, for takeShare.
  std::string beginData(const std::string& json);
  bool feed(uint32_t file, double offset, uint32_t length);
  // No more bytes of `file` will come, from `offset` on: its tensors that are not whole count as cut, and feed goes on with the next file.
  void refuseData(uint32_t file, double offset, const std::string& reason);
  std::span<const uint8_t> outbox(uint32_t index);  // valid until the next feed
  std::string beginShare(const std::string& json);  // → {"keeps": bytes, "why": ""|"…"}
  bool takeShare(uint32_t length);                  // of the inbox; cut anywhere
  std::string currentTensor() const;  // for progress
  void endData();

  // Forward-pass probes after endData with {"keep": true}, in float32 alone, a forward or a few at a time so that a caller can show progress and
  // stop; goes on where it was. In forwards: {"done": n, "total": n}, the total an estimate; done == total ends it. What was
  // found stands in the next report().
  std::string probe();

  // {"text", "pair"?, "casing"?: "auto"|"lower"|"strip"|"lower-strip"|"none", "keep_special"?: bool, "special"?: bool}
  //   → {"tokens", "input_ids", "token_type_ids", "attention_mask", "offsets", "casing"} or {"error": "…"}
  std::string tokenize(const std::string& json) const;
  // Text as tokenize takes it (keep_special is true unless said), or {"input_ids", "token_type_ids"?, "attention_mask"?};
  // {"layers"?: "last"|"all"|[0, 12], "logits"?: bool, "top"?: 5, "attention"?: bool}
  //   → {"tokens", "input_ids", "token_type_ids", "attention_mask", "offsets"?, "hidden": H, "vocab": V,
  //      "precision": "f32"|"int8", "layers": [{"layer": 12, "output": 0}], "pooled": output|null, "mlm_logits": output|null, "nsp_logits": output|null,
  //      "attention": [output a layer, [heads, N, N]]|null, "mlm": [{"position", "top": [{"token", "id", "p"}]}]|null, "nsp": {"is_next": p}|null}
  //   or {"error": "…"}. Outputs are read by their number with output(), until the next encode.
  std::string encode(const std::string& json);
  std::span<const float> output(uint32_t index) const;

  // A conversion, after endData. {"to": "safetensors"|"tf-bundle", "cut_rows"?: bool}
  //   → {"names": of all files that come of it, the data's first, "copies": [{"file", "name"}] to be copied as they are,
  //      "bytes" of tensors, "tensors": n, "repairs": [{"code", "count", "before", "after"|null}], "left_out": names, "config": bool}
  //   or {"error": one sentence, "codes": codes of findings, or areas like "files/", that say it better}
  // Then: write converted() → (conversionRead → write converted() → (inbox → convert → write converted())*)* until null → endConversion, which
  // names the small files (none before all is written); convertedFile(i) is the i-th. Reads: {"file", "offset", "length", "tensor"}, null at the end or {"error"}.
  // What is streamed may be asked for more than once, for memory stays bounded.
  std::string beginConversion(const std::string& json);
  std::string conversionRead();
  void convert(uint32_t length);  // takes so much of the inbox
  std::span<const uint8_t> converted() const;
  std::string endConversion();
  std::span<const uint8_t> convertedFile(uint32_t index) const;
  // The same in steps, for sessions that share the layers. Session 0:
  //   encodeBegin → {"join": {…}} or {"error"}, (encodeHalf → encodeFinish)*, encodeEnd → as encode
  // The others: encodeJoin(join) → "" or one sentence, encodeFinish, (encodeHalf → encodeFinish)*.
  // encodeHalf leaves this session's part of the next half layer in partial(); false: there is none left. encodeFinish takes
  // the sum over all sessions from there; the first of those who join the embeddings as encodeBegin left them.
  std::string encodeBegin(const std::string& json);
  std::string encodeJoin(const std::string& json);
  bool encodeHalf();
  void encodeFinish();
  std::string encodeEnd();
  std::span<float> partial();             // [N, H]; valid until the encode ends
  std::span<float> received();            // [N, H]: room for another's part
  void addReceived();                     // to partial()
  std::span<const float> attention() const;  // [heads here, N, N] of the last half, if asked for

  // What can be run on this set: {"encoder": bool, "mlm": bool, "nsp": bool, "pooled": bool, "vocab": bool, "probes": bool, "why": {"encoder": "…", …}}
  std::string abilities() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bp
