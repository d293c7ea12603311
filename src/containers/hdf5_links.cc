// The children of a group: names in a local heap, under a B-tree of symbol nodes.
#include <algorithm>
#include <set>
#include <utility>

#include "bytes/byte_reader.h"
#include "containers/hdf5.h"

namespace bp {
namespace {

using enum TensorFileStatus;

constexpr size_t kMostLinks = 100000;  // of one group

}  // namespace

void Hdf5::readLinks(uint64_t tree, uint64_t heap, Hdf5Object& group) {
  Block names;
  std::vector<uint64_t> nodes;
  // Both are asked for before either is waited for.
  const bool has_names = readHeap(heap, names);
  if (!readTree(tree, nodes) || !has_names) return;
  for (const uint64_t node : nodes) {
    if (!readNode(node, names, group.links, group.links_not_read) && status_ != kPending) return;
  }
}

bool Hdf5::readHeap(uint64_t address, Block& names) {
  Block head;
  if (!bring(address, 32, head)) return false;
  ByteReader reader(head.bytes);
  const uint32_t signature = reader.u32le("signature");
  const uint8_t version = reader.u8("version");
  reader.skip(3, "reserved");
  const uint64_t size = reader.u64le("data size");
  reader.skip(8, "free list");
  const uint64_t data = reader.u64le("data address");
  if (signature != 0x50414548 || version != 0) {  // "HEAP"
    fail(kBadHeader, "local-heap", address, 32);
    return false;
  }
  return bring(data, size, names);
}

// The symbol nodes below a B-tree node, in order. Levels fall by one from node to child, so that no path is endless.
bool Hdf5::readTree(uint64_t address, std::vector<uint64_t>& nodes) {
  struct Pending {
    uint64_t address;
    int level;  // -1: any
  };
  std::vector<Pending> stack = {{address, -1}};
  std::set<uint64_t> seen;
  bool complete = true;
  while (!stack.empty()) {
    const Pending one = stack.back();
    stack.pop_back();
    if (!seen.insert(one.address).second || seen.size() > kMostLinks) {
      fail(kBadHeader, "loop", one.address);
      return false;
    }
    Block head;
    if (!bring(one.address, 24, head)) {
      if (status_ != kPending) return false;
      complete = false;
      continue;
    }
    ByteReader reader(head.bytes);
    const uint32_t signature = reader.u32le("signature");
    const uint8_t type = reader.u8("node type");
    const int level = reader.u8("node level");
    const uint16_t entries = reader.u16le("entries used");
    if (signature != 0x45455254 || type != 0 || (one.level >= 0 && level != one.level)) {  // "TREE"
      fail(kBadHeader, "b-tree", one.address, 24);
      return false;
    }
    Block body;
    if (!bring(one.address + 24, uint64_t{entries} * 16 + 8, body)) {
      if (status_ != kPending) return false;
      complete = false;
      continue;
    }
    ByteReader children(body.bytes);
    std::vector<uint64_t> below;
    for (uint16_t i = 0; i < entries; ++i) {
      children.skip(8, "key");
      below.push_back(children.u64le("child address"));
    }
    if (level == 0) nodes.insert(nodes.end(), below.begin(), below.end());
    else for (size_t i = below.size(); i-- > 0;) stack.push_back({below[i], level - 1});
    if (nodes.size() > kMostLinks) {
      fail(kBadHeader, "too-large", one.address);
      return false;
    }
  }
  return complete;
}

bool Hdf5::readNode(uint64_t address, const Block& names, std::vector<Hdf5Link>& links, bool& others) {
  constexpr uint64_t kEntry = 40;
  Block head, body;
  if (!bring(address, 8, head)) return false;
  ByteReader reader(head.bytes);
  const uint32_t signature = reader.u32le("signature");
  const uint8_t version = reader.u8("version");
  reader.skip(1, "reserved");
  const uint16_t count = reader.u16le("symbols");
  if (signature != 0x444f4e53 || version != 1) {  // "SNOD"
    fail(kBadHeader, "symbol-node", address, 8);
    return false;
  }
  if (!bring(address + 8, count * kEntry, body)) return false;
  ByteReader entries(body.bytes);
  for (uint16_t i = 0; i < count; ++i) {
    const uint64_t name = entries.u64le("name offset");
    Hdf5Link link;
    link.address = entries.u64le("object header address");
    const uint32_t cache = entries.u32le("cache type");
    entries.skip(20, "scratch");
    const auto end = name < names.bytes.size() ? std::find(names.bytes.begin() + static_cast<std::ptrdiff_t>(name), names.bytes.end(), uint8_t{0})
                                               : names.bytes.end();
    if (end == names.bytes.end() || links.size() == kMostLinks) {
      fail(kBadHeader, "link-name", address, count * kEntry);
      return false;
    }
    link.name.assign(names.bytes.begin() + static_cast<std::ptrdiff_t>(name), end);
    if (cache == 2) others = true;  // a link to a path
    else links.push_back(std::move(link));
  }
  return true;
}

}  // namespace bp
