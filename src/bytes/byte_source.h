// Random access to the bytes of one dropped file. No parser knows where they come from: tests and fuzzers
// bring a BufferSource, the page and the command line a PagedSource that they fill on request.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace bp {

// kPending: inside the file, not here yet; the caller gives up and is called again once it is.
enum class ReadStatus : uint8_t { kOk, kPending, kPastEnd };

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills all of `out` from `offset`, or nothing of it.
  virtual ReadStatus read(uint64_t offset, std::span<uint8_t> out) = 0;
};

class BufferSource final : public ByteSource {
 public:
  explicit BufferSource(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }
  ReadStatus read(uint64_t offset, std::span<uint8_t> out) override;

 private:
  std::span<const uint8_t> bytes_;
};

struct ByteRange {
  uint64_t offset = 0;
  uint64_t length = 0;
};

// A file of which only some pages are here. A read that misses notes the missing ranges, in whole pages;
// takeWanted() hands them out once, supply() brings the bytes.
class PagedSource final : public ByteSource {
 public:
  static constexpr uint64_t kPageSize = 4096;

  explicit PagedSource(uint64_t size) : size_(size) {}
  uint64_t size() const override { return size_; }
  ReadStatus read(uint64_t offset, std::span<uint8_t> out) override;

  // Asks for a range before anything reads it. Clipped to the file.
  void want(uint64_t offset, uint64_t length);
  std::vector<ByteRange> takeWanted();
  // `offset` is a multiple of kPageSize and the bytes end at a page or at the end of the file; what is no whole page is left out.
  void supply(uint64_t offset, std::span<const uint8_t> bytes);
  bool waiting() const { return !asked_.empty(); }  // something handed out has not come
  void dropPages() { pages_.clear(); }
  uint64_t bytesHeld() const;

 private:
  uint64_t pageLength(uint64_t page) const;

  uint64_t size_;
  std::map<uint64_t, std::vector<uint8_t>> pages_;  // by page number
  std::set<uint64_t> wanted_;                       // not handed out yet
  std::set<uint64_t> asked_;                        // handed out, not here yet
};

// A range of another source, which must outlive it.
class WindowSource final : public ByteSource {
 public:
  WindowSource(ByteSource& whole, uint64_t offset, uint64_t size) : whole_(whole), offset_(offset), size_(size) {}
  uint64_t size() const override { return size_; }
  ReadStatus read(uint64_t offset, std::span<uint8_t> out) override;

 private:
  ByteSource& whole_;
  uint64_t offset_;
  uint64_t size_;
};

}  // namespace bp
